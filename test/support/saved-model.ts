/** Models as TensorFlow.js saves them, made in a test. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { LayersModel } from "@tensorflow/tfjs-layers";

/** A saved model's files by name: model.json and its weights. */
export async function savedFiles(model: LayersModel): Promise<Record<string, Uint8Array>> {
  const files: Record<string, Uint8Array> = {};
  await model.save({
    save: async ({ modelTopology, weightSpecs, weightData }) => {
      const weightsManifest = [{ paths: ["weights.bin"], weights: weightSpecs }];
      const json = { format: "layers-model", modelTopology, weightsManifest };
      files["model.json"] = new TextEncoder().encode(JSON.stringify(json));
      files["weights.bin"] = new Uint8Array(weightData as ArrayBuffer);
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: "JSON" } };
    },
  });
  return files;
}

/** Writes a saved model's folder. */
export async function writeSavedModel(model: LayersModel, folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  for (const [name, bytes] of Object.entries(await savedFiles(model))) writeFileSync(join(folder, name), bytes);
}
