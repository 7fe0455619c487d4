import type { KernelFunc, Tensor } from "@tensorflow/tfjs-core";
import {
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

/** Of each gradient, what gives its shape, and which of its arguments is a tensor of the forward pass. */
const GRADIENTS = {
  Conv2DBackpropFilter: { size: "filterShape", known: "x" },
  Conv2DBackpropInput: { size: "inputShape", known: "filter" },
} as const;
type Name = keyof typeof GRADIENTS;

interface GradientAttributes {
  strides: Size;
  pad: "valid" | "same" | number;
  dataFormat: "NHWC" | "NCHW";
  filterShape: number[];
  inputShape: number[];
}

/**
 * Both gradients of a convolution by oneDNN. TensorFlow calls it by itself only where the processor has instructions for networks
 * (AVX-512 VNNI and later); its other kernels take several times as long for most layers: more than half of a small network's step.
 */
export function registerConvolutionGradients(tf: Tf): string[] {
  const backend = nativeBackend(tf);
  return (Object.keys(GRADIENTS) as Name[]).filter((kernelName) => {
    const stock = tf.getKernel(kernelName, NATIVE_BACKEND)?.kernelFunc;
    const { size, known } = GRADIENTS[kernelName];
    const one = () => tf.ones([1, 1, 1, 1]);
    const tried = { strides: 1, pad: "same" } as const;
    if (!stock || !works(tf, () => gradient(tf, backend, kernelName, tried, [1, 1, 1, 1], one(), one()))) return false;
    const kernelFunc: KernelFunc = (call) => {
      const inputs = call.inputs as Record<string, Tensor>;
      const options = call.attrs as unknown as GradientAttributes;
      const isUsual =
        options.dataFormat === "NHWC" &&
        (options.pad === "valid" || options.pad === "same") &&
        inputs.dy.dtype === "float32";
      return isUsual
        ? gradient(tf, backend, kernelName, options, options[size], inputs[known], inputs.dy)
        : stock(call);
    };
    setKernel(tf, kernelName, kernelFunc);
    return true;
  });
}

function gradient(
  tf: Tf,
  backend: NativeBackend,
  name: Name,
  { strides, pad }: Pick<GradientAttributes, "strides" | "pad">,
  shape: number[],
  known: Tensor,
  dy: Tensor,
): Tensor {
  const { float, ints, text } = attributes(backend);
  const list = [
    float("T"),
    ints("strides", [1, ...pair(strides), 1]),
    ints("dilations", [1, 1, 1, 1]),
    text("padding", pad === "valid" ? "VALID" : "SAME"),
    text("data_format", "NHWC"),
    ints("explicit_paddings", []),
    text("_kernel", "MklNameChangeOp"),
  ];
  const size = tf.tensor1d(shape, "int32");
  try {
    const inputs = name === "Conv2DBackpropFilter" ? [known, size, dy] : [size, known, dy];
    return backend.executeSingleOutput(`_MklNative${name}`, list, inputs);
  } finally {
    size.dispose();
  }
}
