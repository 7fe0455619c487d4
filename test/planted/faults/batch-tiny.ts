import { withFit, withLayers } from "../alter.ts";
import type { Fault } from "../types.ts";

/** Batches of two or three images under batch normalization: their statistics are noise. */
export const batchTiny: Fault = {
  id: "batch-tiny",
  cause: "batch-size",
  accepted: ["learning-rate", "training-length"],
  family: "optimisation",
  says: "tiny batches give noisy steps, which smaller steps average out as well; so many steps are dear, so it is a fifth of the epochs, and more of them help too",
  strengths: { tune: [2, 3], final: [3, 2] },
  bases: ["mnist", "eth80"],
  plant(setting, strength) {
    const architecture = withLayers(setting.recipe, (name, config) => ({ [name]: config })).architecture.flatMap(
      (layer) => ("conv2d" in layer ? [layer, { batchNormalization: {} }] : [layer]),
    );
    const epochs = Math.max(2, Math.round(setting.recipe.fit.epochs / 5));
    return withFit(
      { ...setting, recipe: { ...setting.recipe, architecture } },
      { batchSize: Number(strength), epochs },
    );
  },
};
