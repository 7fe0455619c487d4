import type { KernelFunc, TensorInfo } from "@tensorflow/tfjs-core";
import { transpose, viewAs, type WasmBackend, type WasmKernel } from "./heap.ts";

const isOneMatrix = ({ dtype, shape }: TensorInfo): boolean =>
  dtype === "float32" && shape.slice(0, -2).every((size) => size === 1);

function transposed(backend: WasmBackend, matrix: TensorInfo): TensorInfo {
  const [rows, columns] = matrix.shape.slice(-2);
  const result = transpose(backend, viewAs(matrix, [rows, columns]), [1, 0]);
  return viewAs(result, [...matrix.shape.slice(0, -2), columns, rows]);
}

/**
 * Matrix product. With a transposed operand the stock kernel runs a scalar loop, at 1 to 3 GFLOPS; transposing first lets
 * XNNPACK do the product. Backpropagation through a dense layer asks for one of each.
 */
export const batchMatMul: WasmKernel = {
  name: "BatchMatMul",
  make:
    (stock): KernelFunc =>
    (call) => {
      const { a, b } = call.inputs as { a: TensorInfo; b: TensorInfo };
      const { transposeA, transposeB } = call.attrs as unknown as { transposeA: boolean; transposeB: boolean };
      if ((!transposeA && !transposeB) || !isOneMatrix(a) || !isOneMatrix(b)) return stock!(call);
      const backend = call.backend as WasmBackend;
      const left = transposeA ? transposed(backend, a) : a;
      const right = transposeB ? transposed(backend, b) : b;
      const result = stock!({
        inputs: { a: left, b: right },
        attrs: { transposeA: false, transposeB: false },
        backend,
      });
      if (transposeA) backend.disposeData(left.dataId);
      if (transposeB) backend.disposeData(right.dataId);
      return result;
    },
};
