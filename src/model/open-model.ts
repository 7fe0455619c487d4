import type { Files } from "../dataset/types.ts";
import type { Engine } from "../engine/types.ts";
import { openOnnx } from "./onnx.ts";
import type { OutsideOptions } from "./outside-model.ts";
import { openSavedModel } from "./saved-model.ts";
import type { Predictor } from "./types.ts";

export type { OutsideOptions };

/**
 * Opens a model that was made elsewhere: a file `*.onnx`, or a folder that TensorFlow.js saved (or its model.json).
 *
 * @param key of the file or folder in `files`
 * @throws InputError where it cannot be opened or does not fit the data
 */
export async function openModel(
  engine: Engine,
  files: Pick<Files, "read">,
  key: string,
  options: OutsideOptions,
): Promise<Predictor> {
  if (/\.onnx$/i.test(key)) return openOnnx(await files.read(key), key, options);
  return openSavedModel(engine, files, key.replace(/(^|\/)model\.json$/, ""), options);
}
