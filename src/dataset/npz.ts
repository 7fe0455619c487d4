/** npz archives with the keys of MedMNIST (train_images, train_labels, val_images, ...) or of Keras' datasets (x_train, y_train, ...). */
import type { Readable } from "node:stream";
import { type Entry, fromBuffer, type ZipFile } from "yauzl";
import { InputError } from "../errors.ts";
import { checkLabels, cutOff, type ImageArray, type OpenArray, readArrays, rowsOfArrays } from "./arrays.ts";
import { ByteReader, gather, TruncatedError } from "./bytes.ts";
import { asListed, type Format, splitNamed } from "./format.ts";
import { readNpy } from "./npy.ts";
import { headerSpan, type NpyHeader, parseHeader } from "./npy-format.ts";
import type { Files } from "./types.ts";

const IMAGES = [/^(?:(.+)_)?(?:images|imgs)$/i, /^x(?:_(.+))?$/i];

export const npz: Format = {
  async *list(files, { path }) {
    const archive = await Archive.open(files, path);
    const arrays: ImageArray[] = [];
    for (const name of archive.names()) {
      const split = imagesOf(name);
      if (split === undefined) continue;
      const labelsName = name
        .replace(/(images|imgs)$/i, "labels")
        .replace(/^x/, "y")
        .replace(/^X/, "Y");
      if (!archive.has(labelsName))
        throw new InputError({
          file: path,
          field: labelsName,
          problem: `There is no array of that name for ${name}.`,
          remedy: `Save the labels of ${name} as ${labelsName}.`,
        });
      const [images] = (await archive.header(name)).shape;
      const labels = await archive.labels(labelsName);
      checkLabels(`${path}: ${labelsName}`, images, labels);
      arrays.push({ name, images, labels, split: splitNamed(split) });
    }
    if (arrays.length === 0)
      throw new InputError({
        file: path,
        field: "keys",
        problem: `No array of images was found among ${archive.names().join(", ")}.`,
        remedy: "Name the arrays train_images, train_labels, test_images, test_labels.",
      });
    yield* rowsOfArrays(arrays);
    return asListed;
  },

  async *read(files, { path }, samples, from, to) {
    const archive = await Archive.open(files, path);
    yield* readArrays((name) => archive.images(name), samples, from, to);
  },
};

/** The split's name ("" where there is none) of an array that holds images. */
function imagesOf(name: string): string | undefined {
  for (const pattern of IMAGES) {
    const match = pattern.exec(name);
    if (match) return match[1] ?? "";
  }
  return undefined;
}

class Archive {
  readonly #zip: ZipFile;
  readonly #entries: Map<string, Entry>;
  readonly #file: string;

  private constructor(zip: ZipFile, entries: Map<string, Entry>, file: string) {
    this.#zip = zip;
    this.#entries = entries;
    this.#file = file;
  }

  static async open(files: Files, file: string): Promise<Archive> {
    const bytes = await files.read(file);
    try {
      const zip = await new Promise<ZipFile>((resolve, reject) => {
        fromBuffer(
          Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
          { lazyEntries: false },
          (error, opened) => (error ? reject(error) : resolve(opened)),
        );
      });
      const entries = new Map<string, Entry>();
      await new Promise<void>((resolve, reject) => {
        zip.on("entry", (entry: Entry) => entries.set(entry.fileName.replace(/\.npy$/, ""), entry));
        zip.on("end", resolve);
        zip.on("error", reject);
      });
      return new Archive(zip, entries, file);
    } catch (cause) {
      throw new InputError({
        file,
        problem: "This is not a readable npz archive.",
        remedy: "Write it with numpy.savez or numpy.savez_compressed.",
        cause,
      });
    }
  }

  names = (): string[] => [...this.#entries.keys()];
  has = (name: string): boolean => this.#entries.has(name);

  async header(name: string): Promise<NpyHeader> {
    const { reader, header } = await this.#start(name);
    await reader.close();
    return header;
  }

  async labels(name: string): Promise<ArrayLike<number>> {
    const { data, shape } = await readNpy(await gather(await this.#stream(name)), this.#name(name));
    if (shape.slice(1).every((side) => side === 1)) return data;
    throw new InputError({
      file: this.#file,
      field: name,
      problem: `Labels have the shape (${shape.join(", ")}): several a row.`,
      remedy: "Errata judges single-label classification: save one label an image, shape (images,) or (images, 1).",
    });
  }

  async images(name: string): Promise<OpenArray> {
    const { reader, header } = await this.#start(name);
    const { shape, dtype, fortranOrder } = header;
    const channels = shape.length === 4 ? shape[3] : 1;
    if (
      dtype === "u1" &&
      !fortranOrder &&
      (shape.length === 3 || shape.length === 4) &&
      (channels === 1 || channels === 3)
    )
      return { reader, height: shape[1], width: shape[2], channels };
    await reader.close();
    throw new InputError({
      file: this.#file,
      field: name,
      problem: `Images have the shape (${shape.join(", ")}), type ${dtype}${fortranOrder ? ", Fortran order" : ""}.`,
      remedy: "Save them as uint8 in C order, shape (images, height, width) or (images, height, width, 3).",
    });
  }

  /** An array at its first element. */
  async #start(name: string): Promise<{ reader: ByteReader; header: NpyHeader }> {
    const reader = new ByteReader(await this.#stream(name));
    try {
      const short = await reader.take(10);
      const start = short[6] > 1 ? Buffer.concat([short, await reader.take(2)]) : short;
      const { from, to } = headerSpan(start, this.#name(name));
      const text = new TextDecoder("latin1").decode(await reader.take(to - from));
      return { reader, header: parseHeader(text, to, this.#name(name)) };
    } catch (cause) {
      await reader.close();
      if (cause instanceof TruncatedError) throw cutOff(this.#name(name), cause);
      throw cause;
    }
  }

  #name = (array: string): string => `${this.#file}: ${array}`;

  async #stream(name: string): Promise<AsyncIterable<Uint8Array>> {
    const entry = this.#entries.get(name);
    if (!entry)
      throw new InputError({
        file: this.#file,
        field: name,
        problem: "There is no such array.",
        remedy: "Check the key's name.",
      });
    return new Promise<Readable>((resolve, reject) => {
      this.#zip.openReadStream(entry, (error, stream) => (error ? reject(error) : resolve(stream)));
    });
  }
}
