import type { KernelFunc, Tensor, TensorInfo } from "@tensorflow/tfjs-core";
import { attributes, NATIVE_BACKEND, nativeBackend, type Tf, works } from "./operations.ts";

interface PoolAttributes {
  filterSize: number | [number, number];
  strides: number | [number, number];
  pad: "valid" | "same" | number;
  dimRoundingMode?: "floor" | "round" | "ceil";
}

/**
 * The gradient of max pooling by oneDNN. TensorFlow's own CPU kernel, which tfjs-node calls, takes about five times as
 * long; graphs of Keras are rewritten to oneDNN's as well. Its workspace (which pixel was largest) is computed anew:
 * that costs less than keeping it alive between the passes. Ties go to the first pixel in both.
 */
export function registerPooling(tf: Tf): string[] {
  const stock = tf.getKernel("MaxPoolGrad", NATIVE_BACKEND)?.kernelFunc;
  if (!stock || !works(tf, () => gradient(tf, tf.zeros([1, 1, 1, 1]), tf.zeros([1, 2, 2, 1]), 2, 2, "VALID")))
    return [];
  const kernelFunc: KernelFunc = (call) => {
    const { dy, input } = call.inputs as Record<string, TensorInfo>;
    const { filterSize, strides, pad } = call.attrs as unknown as PoolAttributes;
    const usual = input.dtype === "float32" && (pad === "valid" || pad === "same");
    if (!usual) return stock(call);
    const padding = pad === "valid" ? "VALID" : "SAME";
    return gradient(tf, dy as Tensor, input as Tensor, filterSize, strides, padding);
  };
  tf.unregisterKernel("MaxPoolGrad", NATIVE_BACKEND);
  tf.registerKernel({ kernelName: "MaxPoolGrad", backendName: NATIVE_BACKEND, kernelFunc });
  return ["MaxPoolGrad"];
}

const pair = (size: number | [number, number]): number[] => (typeof size === "number" ? [size, size] : size);

function gradient(
  tf: Tf,
  dy: Tensor,
  x: Tensor,
  filterSize: number | [number, number],
  strides: number | [number, number],
  padding: "VALID" | "SAME",
): Tensor {
  const backend = nativeBackend(tf);
  const { float, ints, text, flag } = attributes(backend);
  const options = [
    float("T"),
    ints("ksize", [1, ...pair(filterSize), 1]),
    ints("strides", [1, ...pair(strides), 1]),
    text("padding", padding),
    text("data_format", "NHWC"),
    text("_kernel", "MklNameChangeOp"),
    flag("workspace_enabled", true),
  ];
  const [y, workspace] = backend.executeMultipleOutputs("_MklNativeMaxPool", options, [x], 2);
  const dx = backend.executeSingleOutput("_MklNativeMaxPoolGrad", options, [x, y, dy, workspace]);
  y.dispose();
  workspace.dispose();
  return dx;
}
