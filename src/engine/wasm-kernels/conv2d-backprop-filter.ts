import { backend_util, type KernelFunc, type TensorInfo } from "@tensorflow/tfjs-core";
import { runKernel, transpose, type WasmBackend, type WasmKernel } from "./heap.ts";
import { unfoldedFilterGradient } from "./unfold.ts";

/** Up to as many, as in a first layer, unfolding takes a third of the time. */
const FEW_CHANNELS = 4;

interface Attributes {
  strides: [number, number] | number;
  pad: "valid" | "same" | number;
  filterShape: [number, number, number, number];
  dimRoundingMode?: "floor" | "round" | "ceil";
}

/**
 * The gradient of a convolution by its filter, which tfjs' wasm backend lacks. It is a convolution itself
 * (Dumoulin and Visin 2016, chapter 4, read backwards): the image as [in, height, width, images], the output's gradient
 * as the filter [height', width', images, out], dilated by the forward stride. XNNPACK's convolution does the work.
 *
 * x [images, height, width, in], dy [images, height', width', out] -> [filter height, filter width, in, out]
 */
export const conv2DBackpropFilter: WasmKernel = {
  name: "Conv2DBackpropFilter",
  make: (): KernelFunc => (call) => {
    const { x, dy } = call.inputs as { x: TensorInfo; dy: TensorInfo };
    const { strides, pad, filterShape, dimRoundingMode } = call.attrs as unknown as Attributes;
    const backend = call.backend as WasmBackend;
    const [height, width, channelsIn, channelsOut] = filterShape;
    const shape = x.shape as [number, number, number, number];
    const forward = backend_util.computeConv2DInfo(shape, filterShape, strides, 1, pad, dimRoundingMode);
    if (channelsIn <= FEW_CHANNELS) return unfoldedFilterGradient(backend, x, dy, forward);
    const { top, left } = forward.padInfo;
    const bottom = (forward.outHeight - 1) * forward.strideHeight + height - forward.inHeight - top;
    const right = (forward.outWidth - 1) * forward.strideWidth + width - forward.inWidth - left;

    const image = transpose(backend, x, [3, 1, 2, 0]);
    const filter = transpose(backend, dy, [1, 2, 0, 3]);
    const padding = [
      [0, 0],
      [top, Math.max(0, bottom)],
      [left, Math.max(0, right)],
      [0, 0],
    ];
    const dilations = [forward.strideHeight, forward.strideWidth];
    let result = runKernel(
      backend,
      "Conv2D",
      { x: image, filter },
      { strides: 1, dilations, dataFormat: "NHWC", pad: padding },
    );
    backend.disposeData(image.dataId);
    backend.disposeData(filter.dataId);
    if (result.shape[1] !== height || result.shape[2] !== width) {
      const whole = result;
      const size = [channelsIn, height, width, channelsOut];
      result = runKernel(backend, "Slice", { x: whole }, { begin: [0, 0, 0, 0], size });
      backend.disposeData(whole.dataId);
    }
    return transpose(backend, result, [1, 2, 0, 3], true);
  },
};
