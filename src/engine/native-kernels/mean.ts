import type { Tensor } from "@tensorflow/tfjs-core";
import { setGradient, type Tf } from "./operations.ts";

/**
 * The gradient of a mean, as of global average pooling, spread by the library. tfjs multiplies it by ones of the input's whole shape,
 * which are made in JavaScript, and divides after that.
 */
export function registerMean(tf: Tf): string[] {
  setGradient(tf, "Mean", (dy, [x], attrs) => {
    const axes = tf.util.parseAxisParam((attrs as unknown as { axis: number | number[] }).axis, x.shape);
    const shape = x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
    const count = axes.reduce((product, axis) => product * x.shape[axis], 1);
    return { x: () => tf.broadcastTo(tf.div(tf.reshape(dy as Tensor, shape), count), x.shape) };
  });
  return ["Mean gradient"];
}
