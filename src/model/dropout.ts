import type { GradSaveFunc, Tensor, Tensor4D } from "@tensorflow/tfjs-core";
import type { layers as tfLayers } from "@tensorflow/tfjs-layers";
import type { Engine } from "../engine/types.ts";

/** Numbers that are drawn and left out at first: they still show the seed. */
const FIRST = 16;

/**
 * A source of masks from one seed: of each value a 32-bit number is drawn (xorshift128, Marsaglia 2003). Its four words stay in
 * registers over a mask; a closure that drew one number at a call took three times as long, as long as a convolution.
 *
 * @returns fills `mask` with `kept`, or with 0 at the given rate
 */
function maskSource(seed: number): (mask: Float32Array, rate: number, kept: number) => void {
  const state = Int32Array.of(seed ^ 0x075bcd15, 0x159a55e5, 0x1f123bb5, 0x05491333);
  const fill = (mask: Float32Array, rate: number, kept: number) => {
    let [x, y, z, w] = state;
    const threshold = rate * 0x1_0000_0000;
    for (let i = 0; i < mask.length; i++) {
      const t = x ^ (x << 11);
      x = y;
      y = z;
      z = w;
      w = w ^ (w >>> 19) ^ (t ^ (t >>> 8));
      mask[i] = kept * Number(w >>> 0 >= threshold);
    }
    state.set([x, y, z, w]);
  };
  fill(new Float32Array(FIRST), 0, 1);
  return fill;
}

/**
 * Makes a dropout layer draw a new mask at every call from one seed. The stock layer, given a seed, drops the same units at
 * every step, and without one it cannot be repeated.
 *
 * @param kind "channel" drops whole feature maps (Tompson et al. 2015)
 */
export function seedDropout(
  layer: Pick<ReturnType<typeof tfLayers.dropout>, "call">,
  engine: Engine,
  seed: number,
  rate: number,
  kind: "value" | "channel",
): void {
  const { tf } = engine;
  const fill = maskSource(seed);
  const kept = 1 / (1 - rate);
  layer.call = (inputs, kwargs) => {
    const x = Array.isArray(inputs) ? inputs[0] : (inputs as Tensor);
    if (!kwargs.training || rate === 0) return x.clone();
    const shape = kind === "channel" ? [x.shape[0], 1, 1, (x as Tensor4D).shape[3]] : x.shape;
    const mask = new Float32Array(shape.reduce((product, size) => product * size, 1));
    fill(mask, rate, kept);
    return masked(engine, x, tf.tensor(mask, shape));
  };
}

/** A product whose mask has no gradient: that of tfjs' own product copies the mask first. */
const masked = ({ tf }: Engine, x: Tensor, mask: Tensor): Tensor =>
  tf.customGrad((x, save) => {
    (save as GradSaveFunc)([mask]);
    return { value: tf.mul(x as Tensor, mask), gradFunc: (dy: Tensor, [mask]: Tensor[]) => tf.mul(dy, mask) };
  })(x);
