import { type KernelFunc, type TensorInfo, util } from "@tensorflow/tfjs-core";
import { runKernel, viewAs, type WasmBackend, type WasmKernel } from "./heap.ts";

/** Below as many values the stock kernel is as fast. */
const MANY = 4096;

/**
 * Sums. Over all axes but the last, as in the gradient of a bias, the stock kernel transposes everything first; a row of ones
 * times the matrix [places, channels] takes a third of the time.
 */
export const sum: WasmKernel = {
  name: "Sum",
  make:
    (stock): KernelFunc =>
    (call) => {
      const { x } = call.inputs as { x: TensorInfo };
      const { axis, keepDims } = call.attrs as unknown as { axis: number | number[]; keepDims: boolean };
      const rank = x.shape.length;
      const axes = util.parseAxisParam(axis, x.shape);
      const leading = axes.length === rank - 1 && !axes.includes(rank - 1);
      const size = util.sizeFromShape(x.shape);
      if (x.dtype !== "float32" || rank < 2 || !leading || keepDims || size < MANY) return stock!(call);
      const backend = call.backend as WasmBackend;
      const channels = x.shape[rank - 1];
      const places = size / channels;
      const ones = backend.makeOutput([1, 1, places], "float32");
      backend.typedArrayFromHeap(ones).fill(1);
      const total = runKernel(
        backend,
        "BatchMatMul",
        { a: ones, b: viewAs(x, [1, places, channels]) },
        { transposeA: false, transposeB: false },
      );
      backend.disposeData(ones.dataId);
      return viewAs(total, [channels]);
    },
};
