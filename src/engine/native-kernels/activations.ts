import type { Tensor, TensorInfo } from "@tensorflow/tfjs-core";
import { attributes, NATIVE_BACKEND, nativeBackend, type Tf } from "./operations.ts";

/**
 * The gradients of relu and relu6 as one operation. tfjs multiplies by a step function, which tfjs-node computes with six
 * operations over the whole tensor: more than a convolution costs. Other backends in the process keep their gradients.
 */
export function registerActivations(tf: Tf): string[] {
  for (const kernelName of ["Relu", "Relu6"] as const) {
    const stock = tf.getGradient(kernelName);
    const native = `${kernelName}Grad`;
    tf.registerKernel({
      kernelName: native,
      backendName: NATIVE_BACKEND,
      kernelFunc: ({ inputs }) => {
        const { dy, x } = inputs as Record<string, TensorInfo>;
        const backend = nativeBackend(tf);
        return backend.executeSingleOutput(native, [attributes(backend).float("T")], [dy as Tensor, x as Tensor]);
      },
    });
    tf.unregisterGradient(kernelName);
    tf.registerGradient({
      kernelName,
      inputsToSave: ["x"],
      gradFunc: (dy, saved, attrs) => {
        const [x] = saved;
        if (tf.getBackend() !== NATIVE_BACKEND || x.dtype !== "float32") return stock.gradFunc(dy, saved, attrs);
        return { x: () => tf.engine().runKernel(native, { dy: dy as Tensor, x }) as Tensor };
      },
    });
  }
  return ["Relu gradient", "Relu6 gradient"];
}
