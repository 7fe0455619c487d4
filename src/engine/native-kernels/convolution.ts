import type { GradConfig, KernelFunc, Tensor } from "@tensorflow/tfjs-core";
import {
  attributes,
  beforeActivation,
  FUSED,
  NATIVE_BACKEND,
  type NativeBackend,
  nativeBackend,
  pair,
  runKernel,
  type Size,
  setKernel,
  type Tf,
  works,
} from "./operations.ts";

interface ConvolutionAttributes {
  strides: Size;
  pad: "valid" | "same" | number;
  dataFormat: "NHWC" | "NCHW";
  dilations: Size;
  activation: string;
}
type Options = Partial<ConvolutionAttributes> & { x: Tensor; filter: Tensor; bias?: Tensor };

/**
 * Convolution, bias and relu as one operation, in prediction and in training. tfjs-node runs three over the whole tensor, and
 * tfjs itself does not fuse them where gradients are wanted. An addon that was not built here cannot name what to fuse:
 * it keeps what it has.
 */
export function registerConvolutions(tf: Tf): string[] {
  const backend = nativeBackend(tf);
  const stock = tf.getKernel("FusedConv2D", NATIVE_BACKEND)?.kernelFunc;
  const one = () => tf.ones([1, 1, 1, 1]);
  const tried = { strides: 1, pad: "same", dataFormat: "NHWC", dilations: 1, activation: "relu" } as const;
  if (!stock || !works(tf, () => fused(backend, tried, [one(), one(), tf.ones([1])]))) return [];
  const kernelFunc: KernelFunc = (call) => {
    const { x, filter, bias } = call.inputs as unknown as Options;
    const options = call.attrs as unknown as ConvolutionAttributes;
    return isUsual({ ...options, x, filter, bias }) ? fused(backend, options, [x, filter, bias!]) : stock(call);
  };
  setKernel(tf, "FusedConv2D", kernelFunc);
  tf.registerGradient(gradient(tf));
  fuseInTraining(tf);
  return ["FusedConv2D"];
}

function isUsual({ x, filter, bias, strides, pad, dataFormat, dilations, activation }: Options): boolean {
  const floats = [x, filter, bias].every((tensor) => tensor?.dtype === "float32");
  const plain = (dataFormat ?? "NHWC") === "NHWC" && pair(dilations ?? 1).every((step) => step === 1);
  const known = (pad === "valid" || pad === "same") && Object.hasOwn(FUSED, activation ?? "linear");
  return floats && plain && known && strides !== undefined && x.shape.length === 4 && bias?.shape.length === 1;
}

/** tfjs takes a convolution apart where a gradient is wanted; the layers call it through this object. */
function fuseInTraining(tf: Tf): void {
  const operations = tf.fused as { conv2d: typeof tf.fused.conv2d };
  const stock = operations.conv2d;
  const replaced = (options: Options) => {
    if (tf.getBackend() !== NATIVE_BACKEND || !isUsual(options)) return stock(options as never);
    const { x, filter, bias, strides, pad, activation = "linear" } = options;
    const attrs = { strides, pad, dataFormat: "NHWC", dilations: 1, activation };
    return runKernel(tf, "FusedConv2D", { x, filter, bias }, attrs);
  };
  operations.conv2d = replaced as unknown as typeof stock;
}

const gradient = (tf: Tf): GradConfig => ({
  kernelName: "FusedConv2D",
  inputsToSave: ["x", "filter"],
  outputsToSave: [true],
  gradFunc: (whole, [x, filter, y], attrs) => {
    const { activation, strides, pad } = attrs as unknown as ConvolutionAttributes;
    const dy = beforeActivation(tf, activation, whole as Tensor, y);
    const options = { strides, pad, dataFormat: "NHWC", dimRoundingMode: undefined };
    return {
      x: () => runKernel(tf, "Conv2DBackpropInput", { dy, filter }, { ...options, inputShape: x.shape }),
      filter: () => runKernel(tf, "Conv2DBackpropFilter", { x, dy }, { ...options, filterShape: filter.shape }),
      bias: () => tf.sum(dy, [0, 1, 2]),
    };
  },
});

function fused(backend: NativeBackend, options: ConvolutionAttributes, inputs: Tensor[]): Tensor {
  const { float, ints, text, flag } = attributes(backend);
  const list = [
    float("T"),
    { ...float("TArgs"), value: [backend.binding.TF_FLOAT] },
    { ...text("fused_ops", ""), value: FUSED[options.activation ?? "linear"] },
    { ...ints("num_args", []), value: 1 },
    ints("strides", [1, ...pair(options.strides), 1]),
    ints("dilations", [1, 1, 1, 1]),
    text("padding", options.pad === "valid" ? "VALID" : "SAME"),
    text("data_format", "NHWC"),
    text("_kernel", "MklNameChangeOp"),
    flag("is_filter_const", false),
  ];
  return backend.executeSingleOutput("_MklNativeFusedConv2D", list, inputs);
}
