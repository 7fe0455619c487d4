import { backend_util, type KernelFunc, type TensorInfo } from "@tensorflow/tfjs-core";
import type { WasmBackend, WasmKernel } from "./heap.ts";

interface Attributes {
  filterSize: [number, number] | number;
  strides: [number, number] | number;
  pad: "valid" | "same" | number;
  dimRoundingMode?: "floor" | "round" | "ceil";
}

/**
 * The gradient of max pooling: each output's gradient goes to the first largest value of its window.
 * Plain loops on the heap; the stock kernel takes about three times as long.
 *
 * dy [images, height', width', channels], input [images, height, width, channels] -> the input's shape
 */
export const maxPoolGrad: WasmKernel = {
  name: "MaxPoolGrad",
  make: (): KernelFunc => (call) => {
    const { dy, input } = call.inputs as { dy: TensorInfo; input: TensorInfo };
    const { filterSize, strides, pad, dimRoundingMode } = call.attrs as unknown as Attributes;
    const backend = call.backend as WasmBackend;
    const shape = input.shape as [number, number, number, number];
    const pool = backend_util.computePool2DInfo(shape, filterSize, strides, 1, pad, dimRoundingMode);
    const result = backend.makeOutput(input.shape, "float32");
    const values = backend.typedArrayFromHeap(input);
    const gradient = backend.typedArrayFromHeap(dy);
    const out = backend.typedArrayFromHeap(result);
    out.fill(0);

    const { inHeight, inWidth, inChannels: channels, strideHeight, strideWidth, filterHeight, filterWidth } = pool;
    const { top, left } = pool.padInfo;
    let at = 0;
    for (let image = 0; image < pool.batchSize; image++) {
      for (let row = 0; row < pool.outHeight; row++) {
        const firstRow = Math.max(0, row * strideHeight - top);
        const lastRow = Math.min(inHeight, row * strideHeight - top + filterHeight);
        for (let column = 0; column < pool.outWidth; column++) {
          const firstColumn = Math.max(0, column * strideWidth - left);
          const lastColumn = Math.min(inWidth, column * strideWidth - left + filterWidth);
          for (let channel = 0; channel < channels; channel++, at++) {
            let largest = -Infinity;
            let where = -1;
            for (let y = firstRow; y < lastRow; y++) {
              let from = ((image * inHeight + y) * inWidth + firstColumn) * channels + channel;
              for (let x = firstColumn; x < lastColumn; x++, from += channels) {
                if (values[from] > largest) {
                  largest = values[from];
                  where = from;
                }
              }
            }
            if (where >= 0) out[where] += gradient[at];
          }
        }
      }
    }
    return result;
  },
};
