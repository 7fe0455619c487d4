import type { Tensor, TensorInfo } from "@tensorflow/tfjs-core";
import { attributes, nativeBackend, runKernel, setGradient, setKernel, type Tf } from "./operations.ts";

/**
 * The gradients of relu and relu6 as one operation. tfjs multiplies by a step function, which tfjs-node computes with six
 * operations over the whole tensor: more than a convolution costs.
 */
export function registerActivations(tf: Tf): string[] {
  for (const kernelName of ["Relu", "Relu6"] as const) {
    const native = `${kernelName}Grad`;
    setKernel(tf, native, ({ inputs }) => {
      const { dy, x } = inputs as Record<string, TensorInfo>;
      const backend = nativeBackend(tf);
      return backend.executeSingleOutput(native, [attributes(backend).float("T")], [dy as Tensor, x as Tensor]);
    });
    setGradient(tf, kernelName, (dy, [x]) => ({ x: () => runKernel(tf, native, { dy, x }) }));
  }
  return ["Relu gradient", "Relu6 gradient"];
}
