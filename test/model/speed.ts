/**
 * Training and prediction speed of two small networks: `npx tsx test/model/speed.ts [engine] [threads]`.
 * The best epoch counts, so that other work on the machine disturbs less.
 */
import { openEngine } from "../../src/engine/open.ts";
import type { EngineName } from "../../src/engine/types.ts";
import { readRecipe } from "../../src/model/recipe.ts";
import { train } from "../../src/model/train.ts";

const [name = "wasm", threads = "1"] = process.argv.slice(2);
const engine = await openEngine(name as EngineName, { threads: Number(threads) });
const conv = (filters: number, padding: string) => ({
  conv2d: { filters, kernelSize: 3, padding, activation: "relu" },
});
const pool = { maxPooling2d: { poolSize: 2 } };
const end = (units: number) => [
  { flatten: {} },
  { dense: { units, activation: "relu" } },
  { dense: { units: 10, activation: "softmax" } },
];
const networks = {
  "small: conv16-pool-conv32-pool-dense64, batch 32": {
    architecture: [conv(16, "valid"), pool, conv(32, "valid"), pool, ...end(64)],
    batchSize: 32,
    images: 512,
  },
  "B: conv32-conv64-conv128 with pools, dense256, batch 64": {
    architecture: [conv(32, "same"), pool, conv(64, "same"), pool, conv(128, "same"), pool, ...end(256)],
    batchSize: 64,
    images: 256,
  },
};
const imageShape = { height: 28, width: 28, channels: 1 as const };
for (const [title, { architecture, batchSize, images }] of Object.entries(networks)) {
  const pixels = Uint8Array.from({ length: images * 784 }, (_, i) => (i * 7919) & 255);
  const labels = Int32Array.from({ length: images }, (_, i) => i % 10);
  const fit = { epochs: 12, batchSize };
  const recipe = readRecipe({ architecture, fit }, { file: title, classes: 10, imageShape });
  const best = { train: Number.POSITIVE_INFINITY, predict: Number.POSITIVE_INFINITY };
  let last = performance.now();
  const onEpoch = () => {
    best.train = Math.min(best.train, performance.now() - last);
    last = performance.now();
  };
  const model = await train(engine, recipe, { shape: imageShape, pixels, labels }, { seed: 1, classes: 10, onEpoch });
  for (let i = 0; i < 5; i++) {
    const started = performance.now();
    await model.predict(pixels);
    best.predict = Math.min(best.predict, performance.now() - started);
  }
  const speed = (milliseconds: number) => Math.round((1000 * images) / milliseconds);
  console.log(`${title}: trains ${speed(best.train)} images/s, predicts ${speed(best.predict)} images/s`);
  model.dispose();
}
process.exit();
