/** One epoch of a network on an engine of the project, trained as an audit trains it. */
import { openEngine } from "../../src/engine/open.ts";
import type { EngineName } from "../../src/engine/types.ts";
import { train } from "../../src/model/train.ts";
import type { Augmentation, Recipe } from "../../src/model/types.ts";
import { type Network, pixelsOf } from "../networks.ts";
import { optionsOf, serve } from "./serve.ts";

const {
  engine: name,
  threads,
  network,
  augmentation,
  thread,
} = optionsOf<{
  engine: EngineName;
  threads?: number;
  network: Network;
  augmentation?: Augmentation;
  thread?: "always" | "never";
}>();
const engine = await openEngine(name, { threads });
const { size, channels, classes, batchSize, images } = network;
const shape = { height: size, width: size, channels };
const pixels = pixelsOf(network);
const labels = Int32Array.from({ length: images }, (_, i) => i % classes);
const recipe: Recipe = {
  architecture: network.architecture,
  compile: {
    optimizer: { name: "adam", learningRate: 0.001 },
    loss: network.task === "segmentation" ? "binaryCrossentropy" : "sparseCategoricalCrossentropy",
  },
  fit: { epochs: 1, batchSize, augmentation },
  input: { size: [size, size], channels, scale: "0..1", order: "rgb" },
};

const data =
  network.task === "segmentation"
    ? { shape, pixels, masks: pixels.map((value) => value >> 7) }
    : { shape, pixels, labels };

await serve(async () => {
  const model = await train(engine, recipe, data, { seed: 1, classes, augmentationThread: thread });
  model.dispose();
  const { steps, seconds } = model.summary;
  return { steps, seconds };
});
