import type { GradSaveFunc, Tensor, Tensor4D } from "@tensorflow/tfjs-core";
import type { layers as tfLayers } from "@tensorflow/tfjs-layers";
import type { Engine } from "../engine/types.ts";

/** Values that are drawn and left out at first: their numbers still show the seed. */
const FIRST = 32;

/**
 * A source of masks from one seed: each 32-bit number (xorshift128, Marsaglia 2003) decides over two values by its halves, the low
 * one first, so that a rate holds to 1 in 131,072. The generator's four words stay in registers over a mask, and nothing branches:
 * a closure that drew one number a value took as long as a convolution.
 *
 * @returns fills `mask` with `kept`, or with 0 at the given rate
 */
function maskSource(seed: number): (mask: Float32Array, rate: number, kept: number) => void {
  const state = Int32Array.of(seed ^ 0x075bcd15, 0x159a55e5, 0x1f123bb5, 0x05491333);
  const fill = (mask: Float32Array, rate: number, kept: number) => {
    let [x, y, z, w] = state;
    const last = Math.round(rate * 0x1_0000) - 1;
    const choice = Float32Array.of(0, kept);
    for (let i = 0; i < mask.length; i += 2) {
      const t = x ^ (x << 11);
      x = y;
      y = z;
      z = w;
      w = w ^ (w >>> 19) ^ (t ^ (t >>> 8));
      mask[i] = choice[(last - (w & 0xffff)) >>> 31];
      mask[i + 1] = choice[(last - (w >>> 16)) >>> 31]; // nothing happens behind the end
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
