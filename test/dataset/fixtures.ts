/** Datasets in memory for tests. */
import sharp from "sharp";
import type { DatasetRequest, Files } from "../../src/dataset/types.ts";
import { InputError } from "../../src/errors.ts";
import { random } from "../../src/random.ts";

export function memoryFiles(content: Record<string, Uint8Array | string>): Files {
  const bytes = (key: string): Uint8Array => {
    const found = content[key];
    if (found === undefined)
      throw new InputError({ file: key, problem: "There is no such file.", remedy: "Check the name." });
    return typeof found === "string" ? new TextEncoder().encode(found) : found;
  };
  return {
    async *list(prefix = "") {
      for (const key of Object.keys(content).sort())
        if (key.startsWith(prefix)) yield { key, bytes: bytes(key).length };
    },
    read: async (key) => bytes(key),
    async *stream(key) {
      const whole = bytes(key);
      // Odd chunk sizes find readers that expect whole records.
      for (let at = 0; at < whole.length; at += 1021) yield whole.subarray(at, at + 1021);
    },
  };
}

/** A smooth random picture: no two seeds look alike. */
export function picture(seed: number, height = 24, width = 24, channels: 1 | 3 = 3) {
  const chance = random(seed);
  const waves = Array.from({ length: 6 * channels }, () => [
    chance.float() * 0.4,
    chance.float() * 0.4,
    chance.float() * 7,
    chance.int(channels),
  ]);
  const pixels = new Uint8Array(height * width * channels);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let c = 0; c < channels; c++) {
        let value = 128;
        for (const [fx, fy, phase, own] of waves) if (own === c) value += 24 * Math.sin(fx * x + fy * y + phase);
        pixels[(y * width + x) * channels + c] = Math.max(0, Math.min(255, Math.round(value)));
      }
  return { pixels, height, width, channels };
}

export function encoded(
  seed: number,
  format: "png" | "jpeg" | "webp" | "tiff" | "gif" = "png",
  height = 24,
  width = 24,
): Promise<Buffer> {
  const { pixels, channels } = picture(seed, height, width);
  return sharp(pixels, { raw: { height, width, channels } }).toFormat(format).toBuffer();
}

/** `count` PNG images a class at `<prefix><class>/<k>.png`. */
export async function imageFolder(classes: Record<string, number>, prefix = ""): Promise<Record<string, Uint8Array>> {
  const content: Record<string, Uint8Array> = {};
  let seed = prefix.length * 1000;
  for (const [name, count] of Object.entries(classes))
    for (let k = 0; k < count; k++) content[`${prefix}${name}/${k}.png`] = await encoded(seed++);
  return content;
}

export const request = (path = ".", more: Partial<DatasetRequest> = {}): DatasetRequest => ({ path, seed: 7, ...more });

/** The `InputError` that something fails with. */
export async function inputError(work: Promise<unknown>): Promise<InputError> {
  const error = await work.then(
    () => undefined,
    (error) => error,
  );
  if (!(error instanceof InputError)) throw error ?? new Error("It did not fail.");
  return error;
}
