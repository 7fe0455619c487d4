import type { KernelFunc, Tensor, TensorInfo } from "@tensorflow/tfjs-core";
import {
  type Attribute,
  attributes,
  NATIVE_BACKEND,
  type NativeBackend,
  nativeBackend,
  pair,
  type Size,
  setKernel,
  type Tf,
  works,
} from "./operations.ts";

interface PoolAttributes {
  filterSize: Size;
  strides: Size;
  pad: "valid" | "same" | number;
}

/** By the data of a pooled tensor: which pixel of each window was largest, as a tensor of the library's. */
const workspaces = new WeakMap<object, number>();

/**
 * Max pooling and its gradient by oneDNN, as in graphs of Keras. TensorFlow's own kernel for the gradient, which tfjs-node
 * calls, takes about five times as long, because it looks for the largest pixels again. Ties go to the first in both.
 */
export function registerPooling(tf: Tf): string[] {
  const backend = nativeBackend(tf);
  const names = ["MaxPool", "MaxPoolGrad"] as const;
  const [stockPool, stockGradient] = names.map((name) => tf.getKernel(name, NATIVE_BACKEND)?.kernelFunc);
  const ones = (...shape: number[]) => tf.ones(shape);
  const tried = { filterSize: 2, strides: 2, pad: "valid" } as const;
  const trial = () => gradient(backend, tried, ones(1, 2, 2, 1), ones(1, 1, 1, 1), ones(1, 1, 1, 1));
  if (!stockPool || !stockGradient || !works(tf, trial)) return [];
  forgetWithOwner(backend);
  const pool: KernelFunc = (call) => {
    const x = (call.inputs as Record<string, TensorInfo>).x as Tensor;
    const options = call.attrs as unknown as PoolAttributes;
    return isUsual(x, options) ? forward(backend, options, x) : stockPool(call);
  };
  const back: KernelFunc = (call) => {
    const { dy, input, output } = call.inputs as Record<string, Tensor>;
    const options = call.attrs as unknown as PoolAttributes;
    return isUsual(input, options) ? gradient(backend, options, input, output, dy) : stockGradient(call);
  };
  setKernel(tf, "MaxPool", pool);
  setKernel(tf, "MaxPoolGrad", back);
  return [...names];
}

const isUsual = (x: Tensor, { pad }: PoolAttributes): boolean =>
  x.dtype === "float32" && x.shape.length === 4 && (pad === "valid" || pad === "same");

/** A workspace goes when the pooled tensor that it belongs to goes. */
function forgetWithOwner(backend: NativeBackend): void {
  const stock = backend.disposeData.bind(backend);
  backend.disposeData = (data, force) => {
    const released = stock(data, force);
    const workspace = released ? workspaces.get(data) : undefined;
    if (workspace !== undefined) {
      workspaces.delete(data);
      backend.binding.deleteTensor(workspace);
    }
    return released;
  };
}

function forward(backend: NativeBackend, options: PoolAttributes, x: Tensor): Tensor {
  const inputs = backend.getInputTensorIds([x]);
  const [pooled, workspace] = backend.binding.executeOp("_MklNativeMaxPool", attributesOf(backend, options), inputs, 2);
  const y = backend.createOutputTensor(pooled);
  workspaces.set(y.dataId, workspace.id);
  return y;
}

function gradient(backend: NativeBackend, options: PoolAttributes, x: Tensor, y: Tensor, dy: Tensor): Tensor {
  const known = workspaces.get(y.dataId);
  const again = known === undefined ? forward(backend, options, x) : undefined;
  const workspace = known ?? workspaces.get(again!.dataId)!;
  const inputs = [...backend.getInputTensorIds([x, y, dy]), workspace];
  const [dx] = backend.binding.executeOp("_MklNativeMaxPoolGrad", attributesOf(backend, options), inputs, 1);
  again?.dispose();
  return backend.createOutputTensor(dx);
}

function attributesOf(backend: NativeBackend, { filterSize, strides, pad }: PoolAttributes): Attribute[] {
  const { float, ints, text, flag } = attributes(backend);
  return [
    float("T"),
    ints("ksize", [1, ...pair(filterSize), 1]),
    ints("strides", [1, ...pair(strides), 1]),
    text("padding", pad === "valid" ? "VALID" : "SAME"),
    text("data_format", "NHWC"),
    text("_kernel", "MklNameChangeOp"),
    flag("workspace_enabled", true),
  ];
}
