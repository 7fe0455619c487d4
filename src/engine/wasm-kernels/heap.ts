import type { KernelFunc, NamedAttrMap, TensorInfo } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";

export const BACKEND = "wasm";

/** The part of tfjs' wasm backend that the kernels here use. It is not public: the tfjs packages are pinned to one version. */
export interface WasmBackend {
  /** Memory for one tensor on the heap. It may grow the heap, which detaches every view taken before. */
  makeOutput(shape: number[], dtype: "float32" | "int32"): TensorInfo;
  /** A view of a tensor's values. Take it after the last `makeOutput`. */
  typedArrayFromHeap(tensor: TensorInfo): Float32Array;
  /** Takes one reference away and frees the values with the last one. */
  disposeData(dataId: object): boolean;
  incRef(dataId: object): void;
}

/** What each file here exports: the kernel's name and its function, made from the stock one where there is one. */
export interface WasmKernel {
  name: string;
  make(stock: KernelFunc | undefined): KernelFunc;
}

/** Runs another kernel outside the tape: the caller owns the result. */
export const runKernel = (
  backend: object,
  name: string,
  inputs: Record<string, TensorInfo>,
  attrs: NamedAttrMap | object,
): TensorInfo =>
  tf.getKernel(name, BACKEND).kernelFunc({ inputs, attrs: attrs as NamedAttrMap, backend }) as TensorInfo;

/** The same values under another shape. It takes no reference of its own: dispose of one of the two only. */
export const viewAs = (tensor: TensorInfo, shape: number[]): TensorInfo => ({
  dataId: tensor.dataId,
  shape,
  dtype: tensor.dtype,
});

/** Transposes and, where `owned`, disposes of the input. */
export function transpose(backend: WasmBackend, x: TensorInfo, perm: number[], owned = false): TensorInfo {
  const result = runKernel(backend, "Transpose", { x }, { perm });
  if (owned) backend.disposeData(x.dataId);
  return result;
}
