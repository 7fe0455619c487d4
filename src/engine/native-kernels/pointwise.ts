import type { KernelFunc, Tensor } from "@tensorflow/tfjs-core";
import { NATIVE_BACKEND, pair, type Size, setKernel, type Tf } from "./operations.ts";

/**
 * The filter's gradient of a convolution of 1 x 1 with strides. TensorFlow's kernel for it (2.21, processor) gives wrong numbers for several
 * images, or takes the process along. Here the pixels that were used are taken first, and the strides are gone with the others.
 */
export function registerPointwiseGradients(tf: Tf): string[] {
  const kernelName = "Conv2DBackpropFilter";
  const stock = tf.getKernel(kernelName, NATIVE_BACKEND)?.kernelFunc;
  if (!stock) return [];
  const kernelFunc: KernelFunc = (call) => {
    const { x } = call.inputs as unknown as { x: Tensor };
    const attrs = call.attrs as unknown as { strides: Size; filterShape: number[] };
    const strides = pair(attrs.strides);
    const isPointwise = attrs.filterShape[0] === 1 && attrs.filterShape[1] === 1;
    if (!isPointwise || strides.every((stride) => stride === 1)) return stock(call);
    const used = tf.stridedSlice(x, [0, 0, 0, 0], x.shape, [1, ...strides, 1]);
    try {
      return stock({
        ...call,
        inputs: { ...call.inputs, x: used },
        attrs: { ...call.attrs, strides: [1, 1], pad: "valid" },
      });
    } finally {
      used.dispose();
    }
  };
  setKernel(tf, kernelName, kernelFunc);
  return [kernelName];
}
