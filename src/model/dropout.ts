import type { Tensor, Tensor4D } from "@tensorflow/tfjs-core";
import type { layers as tfLayers } from "@tensorflow/tfjs-layers";
import type { Engine } from "../engine/types.ts";

/** A fast source of 32-bit numbers (xorshift128, Marsaglia 2003) for masks, where quantity counts. */
function xorshift(seed: number): () => number {
  let [x, y, z, w] = [seed ^ 0x075bcd15, 0x159a55e5, 0x1f123bb5, 0x05491333];
  const next = () => {
    const t = x ^ (x << 11);
    x = y;
    y = z;
    z = w;
    return (w = w ^ (w >>> 19) ^ (t ^ (t >>> 8))) >>> 0;
  };
  for (let i = 0; i < 16; i++) next();
  return next;
}

/**
 * Makes a dropout layer draw a new mask at every call from one seed. The stock layer, given a seed, drops the same units at
 * every step, and without one it cannot be repeated.
 *
 * @param kind "channel" drops whole feature maps (Tompson et al. 2015)
 */
export function seedDropout(
  layer: Pick<ReturnType<typeof tfLayers.dropout>, "call">,
  { tf }: Engine,
  seed: number,
  rate: number,
  kind: "value" | "channel",
): void {
  const next = xorshift(seed);
  const threshold = rate * 0x1_0000_0000;
  const kept = 1 / (1 - rate);
  layer.call = (inputs, kwargs) => {
    const x = Array.isArray(inputs) ? inputs[0] : (inputs as Tensor);
    if (!kwargs.training || rate === 0) return x.clone();
    const shape = kind === "channel" ? [x.shape[0], 1, 1, (x as Tensor4D).shape[3]] : x.shape;
    const mask = new Float32Array(shape.reduce((product, size) => product * size, 1));
    for (let i = 0; i < mask.length; i++) mask[i] = next() >= threshold ? kept : 0;
    return tf.mul(x, tf.tensor(mask, shape));
  };
}
