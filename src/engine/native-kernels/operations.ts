import type * as core from "@tensorflow/tfjs-core";
import type { Tensor } from "@tensorflow/tfjs-core";

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
