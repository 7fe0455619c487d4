import type { Engine } from "../engine/types.ts";
import { buildModel } from "./build.ts";
import { trainedModel } from "./trained-model.ts";
import type { TrainedModel } from "./types.ts";
import { fillWeights, unpackWeights } from "./weights.ts";

/**
 * Opens what `TrainedModel.save` wrote, on any engine.
 *
 * @param file for messages
 * @throws InputError where the block is something else
 */
export async function loadModel(engine: Engine, block: Uint8Array, file = "weights"): Promise<TrainedModel> {
  const { header, values } = unpackWeights(block, file);
  const model = buildModel(engine, header.recipe, 0);
  fillWeights(engine.tf as Parameters<typeof fillWeights>[0], model, values);
  return trainedModel(engine, header.recipe, model, header);
}
