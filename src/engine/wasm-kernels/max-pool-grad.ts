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
    if (filterHeight === 2 && filterWidth === 2 && strideHeight === 2 && strideWidth === 2 && top === 0 && left === 0) {
      if (2 * pool.outHeight <= inHeight && 2 * pool.outWidth <= inWidth) {
        spreadPairs(values, gradient, out, pool);
        return result;
      }
    }
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

/** The usual windows of 2 x 2 without overlap or padding, in half the time. */
function spreadPairs(
  values: Float32Array,
  gradient: Float32Array,
  out: Float32Array,
  { batchSize, outHeight, outWidth, inHeight, inWidth, inChannels }: backend_util.Conv2DInfo,
): void {
  const line = inWidth * inChannels;
  let at = 0;
  for (let image = 0; image < batchSize; image++)
    for (let row = 0; row < outHeight; row++) {
      let upper = (image * inHeight + 2 * row) * line;
      for (let column = 0; column < outWidth; column++, upper += inChannels)
        for (let channel = 0; channel < inChannels; channel++, upper++, at++) {
          const right = upper + inChannels;
          const lower = upper + line;
          const top = values[right] > values[upper] ? right : upper;
          const bottom = values[lower + inChannels] > values[lower] ? lower + inChannels : lower;
          out[values[bottom] > values[top] ? bottom : top] = gradient[at];
        }
    }
}
