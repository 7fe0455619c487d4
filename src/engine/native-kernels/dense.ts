import type { GradConfig, KernelFunc, Tensor } from "@tensorflow/tfjs-core";
import {
  attributes,
  beforeActivation,
  FUSED,
  NATIVE_BACKEND,
  type NativeBackend,
  nativeBackend,
  runKernel,
  setKernel,
  type Tf,
  works,
} from "./operations.ts";

const DENSE = "FusedDense";

/**
 * Products of two matrices by oneDNN, and a dense layer as one operation, in prediction and in training. tfjs-node multiplies in
 * batches of one matrix, by the compiler's kernel where the processor has no instructions for networks; and where gradients are
 * wanted tfjs reshapes both sides, adds and rectifies by operations of their own.
 */
export function registerDense(tf: Tf): string[] {
  const backend = nativeBackend(tf);
  const stock = tf.getKernel("BatchMatMul", NATIVE_BACKEND)?.kernelFunc;
  const [ones, bias] = [() => tf.ones([1, 1]), () => tf.ones([1])];
  if (!stock || !works(tf, () => product(backend, ones(), ones(), false, false))) return [];
  const kernelFunc: KernelFunc = (call) => {
    const { a, b } = call.inputs as Record<string, Tensor>;
    const { transposeA, transposeB } = call.attrs as Record<string, boolean>;
    return isMatrix(a) && isMatrix(b) ? product(backend, a, b, transposeA, transposeB) : stock(call);
  };
  setKernel(tf, "BatchMatMul", kernelFunc);
  if (!works(tf, () => fused(backend, [ones(), ones(), bias()], "relu"))) return ["BatchMatMul"];
  setKernel(tf, DENSE, ({ inputs, attrs }) => {
    const { x, weights, bias } = inputs as Record<string, Tensor>;
    return fused(backend, [x, weights, bias], (attrs as { activation: string }).activation);
  });
  tf.registerGradient(gradient(tf));
  fuse(tf);
  return ["BatchMatMul", DENSE];
}

const isMatrix = ({ dtype, shape }: Tensor): boolean => dtype === "float32" && shape.length === 2;

type Options = Parameters<Tf["fused"]["matMul"]>[0];

/** tfjs takes a dense layer apart where a gradient is wanted; the layers call it through this object. */
function fuse(tf: Tf): void {
  const operations = tf.fused as { matMul: typeof tf.fused.matMul };
  const stock = operations.matMul;
  operations.matMul = ((options: Options) => {
    const { transposeA, transposeB, activation } = options;
    const [x, weights, bias] = [options.a, options.b, options.bias] as Tensor[];
    const isUsual =
      tf.getBackend() === NATIVE_BACKEND &&
      [x, weights].every(isMatrix) &&
      bias?.dtype === "float32" &&
      bias.shape.length === 1 &&
      !transposeA &&
      !transposeB &&
      Object.hasOwn(FUSED, activation ?? "linear");
    if (!isUsual) return stock(options);
    return runKernel(tf, DENSE, { x, weights, bias }, { activation: activation ?? "linear" });
  }) as typeof stock;
}

const gradient = (tf: Tf): GradConfig => ({
  kernelName: DENSE,
  inputsToSave: ["x", "weights"],
  outputsToSave: [true],
  gradFunc: (whole, [x, weights, y], attrs) => {
    const dy = beforeActivation(tf, (attrs as { activation: string }).activation, whole as Tensor, y);
    return {
      x: () => runKernel(tf, "BatchMatMul", { a: dy, b: weights }, { transposeA: false, transposeB: true }),
      weights: () => runKernel(tf, "BatchMatMul", { a: x, b: dy }, { transposeA: true, transposeB: false }),
      bias: () => tf.sum(dy, 0),
    };
  },
});

function product(backend: NativeBackend, a: Tensor, b: Tensor, transposeA: boolean, transposeB: boolean): Tensor {
  const { float, text, flag } = attributes(backend);
  const list = [
    float("T"),
    flag("transpose_a", transposeA),
    flag("transpose_b", transposeB),
    text("_kernel", "MklNameChangeOp"),
  ];
  return backend.executeSingleOutput("_MklMatMul", list, [a, b]);
}

function fused(backend: NativeBackend, inputs: Tensor[], activation: string): Tensor {
  const { float, ints, text, flag } = attributes(backend);
  const list = [
    float("T"),
    flag("transpose_a", false),
    flag("transpose_b", false),
    { ...text("fused_ops", ""), value: FUSED[activation] },
    { ...ints("num_args", []), value: 1 },
    text("_kernel", "MklNameChangeOp"),
  ];
  return backend.executeSingleOutput("_MklNativeFusedMatMul", list, inputs);
}
