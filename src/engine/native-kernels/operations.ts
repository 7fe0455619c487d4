import type * as core from "@tensorflow/tfjs-core";
import type { GradFunc, KernelFunc, NamedAttrMap, NamedTensorMap, Tensor } from "@tensorflow/tfjs-core";

export type Tf = typeof core;
export type Attribute = { name: string; type: number; value: unknown };

interface Binding extends Record<`TF_${string}`, number> {
  executeOp(name: string, attributes: Attribute[], inputs: number[], outputs: number): { id: number }[];
  deleteTensor(id: number): void;
}

/** What tfjs-node's backend has beyond tfjs' interface of backends. */
export interface NativeBackend {
  binding: Binding;
  executeSingleOutput(name: string, attributes: Attribute[], inputs: Tensor[]): Tensor;
  getInputTensorIds(tensors: Tensor[]): number[];
  createOutputTensor(output: { id: number }): Tensor;
  disposeData(data: object, force?: boolean): boolean;
}

export const NATIVE_BACKEND = "tensorflow";

export const nativeBackend = (tf: Tf): NativeBackend => tf.findBackend(NATIVE_BACKEND) as unknown as NativeBackend;

/** What oneDNN computes within a convolution or a product, by tfjs' names of activations. */
export const FUSED: Record<string, string[]> = {
  linear: ["BiasAdd"],
  relu: ["BiasAdd", "Relu"],
  relu6: ["BiasAdd", "Relu6"],
};

/** Makes the attributes of TensorFlow's operations. */
export const attributes = ({ binding }: NativeBackend) => ({
  float: (name: string): Attribute => ({ name, type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT }),
  ints: (name: string, value: number[]): Attribute => ({ name, type: binding.TF_ATTR_INT, value }),
  text: (name: string, value: string): Attribute => ({ name, type: binding.TF_ATTR_STRING, value }),
  flag: (name: string, value: boolean): Attribute => ({ name, type: binding.TF_ATTR_BOOL, value }),
  shape: (name: string, value: number[]): Attribute => ({ name, type: binding.TF_ATTR_SHAPE, value }),
});

/** Gives the native backend a kernel, in the place of its own where it has one. */
export function setKernel(tf: Tf, kernelName: string, kernelFunc: KernelFunc): void {
  if (tf.getKernel(kernelName, NATIVE_BACKEND)) tf.unregisterKernel(kernelName, NATIVE_BACKEND);
  tf.registerKernel({ kernelName, backendName: NATIVE_BACKEND, kernelFunc });
}

/** Gives a kernel of one float `x` another gradient. Other backends in the process keep theirs: gradients belong to no backend. */
export function setGradient(tf: Tf, kernelName: string, gradFunc: GradFunc): void {
  const stock = tf.getGradient(kernelName);
  tf.unregisterGradient(kernelName);
  tf.registerGradient({
    kernelName,
    inputsToSave: ["x"],
    gradFunc: (dy, saved, attrs) => {
      const isOurs = tf.getBackend() === NATIVE_BACKEND && saved[0].dtype === "float32";
      return (isOurs ? gradFunc : stock.gradFunc)(dy, saved, attrs);
    },
  });
}

export const runKernel = (tf: Tf, name: string, inputs: object, attrs: object = {}): Tensor =>
  tf.engine().runKernel(name, inputs as NamedTensorMap, attrs as NamedAttrMap);

/** The gradient before an activation of `FUSED`, of the one after it and of the activation's result. */
export function beforeActivation(tf: Tf, activation: string, dy: Tensor, y: Tensor): Tensor {
  const name = { relu: "ReluGrad", relu6: "Relu6Grad" }[activation];
  return name ? runKernel(tf, name, { dy, x: y }) : dy;
}

/** Whether this build of the library can run an operation; which ones it has depends on the processor. */
export function works(tf: Tf, run: () => Tensor): boolean {
  try {
    tf.tidy(() => void run().dataSync());
    return true;
  } catch {
    return false;
  }
}

/** A size or stride along height and width: tfjs takes one number for both. */
export type Size = number | [number, number];
export const pair = (size: Size): number[] => (typeof size === "number" ? [size, size] : size);
