/** One epoch of a network on an engine of the project, with its own training loop. */
import { openEngine } from "../../src/engine/open.ts";
import type { Engine, EngineName } from "../../src/engine/types.ts";
import { buildModel } from "../../src/model/build.ts";
import { gradientsBy } from "../../src/model/gradients.ts";
import { makeOptimizer } from "../../src/model/optimizer.ts";
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
  compile: { optimizer: { name: "adam", learningRate: 0.001 }, loss: "sparseCategoricalCrossentropy" },
  fit: { epochs: 1, batchSize, augmentation },
  input: { size: [size, size], channels, scale: "0..1", order: "rgb" },
};

/** The audit trains classifiers only: masks are learnt with the same parts, one step after another. */
function segmentation(on: Engine): () => Promise<undefined> {
  const { tf } = on;
  const model = buildModel(on, recipe, 1);
  const variables = model.layers.flatMap((layer) =>
    layer.trainableWeights.map((weight) => weight.read() as ReturnType<typeof tf.variable>),
  );
  const optimizer = makeOptimizer(on, recipe.compile.optimizer, variables);
  return async () => {
    for (let from = 0; from < images; from += batchSize) {
      const block = pixels.subarray(from * size * size, (from + batchSize) * size * size);
      const x = () =>
        tf.tensor4d(
          Float32Array.from(block, (value) => value / 255),
          [batchSize, size, size, 1],
        );
      const forward = () => ({ logits: model.forward(x(), true), penalties: [] });
      const gradients = await gradientsBy(on, variables, forward, (logits) =>
        logits.map((logit, i) => (1 / (1 + Math.exp(-logit)) - (block[i] >> 7)) / logits.length),
      );
      optimizer.apply(gradients!);
      tf.dispose(gradients!);
    }
    return undefined;
  };
}

const classification = async (): Promise<object> => {
  const model = await train(
    engine,
    recipe,
    { shape, pixels, labels },
    { seed: 1, classes, augmentationThread: thread },
  );
  model.dispose();
  const { steps, seconds } = model.summary;
  return { steps, seconds };
};

await serve(network.task === "segmentation" ? segmentation(engine) : classification);
