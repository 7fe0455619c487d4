import type { Tensor } from "@tensorflow/tfjs-core";
import type { ImageShape } from "../dataset/types.ts";
import type { Engine } from "../engine/types.ts";
import type { BuiltModel } from "./build.ts";
import { type Head, probabilitiesOf } from "./head.ts";
import { type ImageFeed, runBatches } from "./predict.ts";
import { imageWriter } from "./preprocess.ts";
import type { Recipe, TrainedModel, TrainingSummary } from "./types.ts";
import { packWeights } from "./weights.ts";

/** Losses that teach a linear head the values 0 and 1 themselves; after all others it gives logits. */
const REGRESSIONS = new Set(["meanSquaredError", "meanAbsoluteError", "huber"]);

/** Makes a predictor of a built network. It takes over the network and disposes of it. */
export function trainedModel(
  engine: Engine,
  recipe: Recipe,
  model: BuiltModel,
  { shape, classes, summary }: { shape: ImageShape; classes: number; summary: TrainingSummary },
): TrainedModel {
  const head: Head = {
    activation: model.activation,
    linear: REGRESSIONS.has(recipe.compile.loss) || recipe.compile.fromLogits === false ? "values" : "logits",
  };
  const feed: ImageFeed = { shape, channels: recipe.input.channels, write: imageWriter(shape, recipe.input) };
  const run = (pixels: Uint8Array, forward: (x: Tensor) => Tensor) => runBatches(engine, feed, pixels, forward);
  return {
    classes,
    shape,
    summary,
    async predict(pixels) {
      const { values } = await run(pixels, (x) => model.forward(x, false));
      return values.length === 0 ? new Float32Array(0) : probabilitiesOf(values, model.width, classes, head);
    },
    features: async (pixels) => run(pixels, model.features),
    save: async () => packWeights({ recipe, classes, shape, summary }, model),
    dispose: model.dispose,
  };
}
