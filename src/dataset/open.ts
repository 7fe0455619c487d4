/** Opens a dataset of any format. */
import { InputError } from "../errors.ts";
import { type Assembly, assemble } from "./assemble.ts";
import { pathWithin } from "./files.ts";
import { folder, readFiles } from "./folder.ts";
import { type Format, keysOf, type ListedRow } from "./format.ts";
import { idx, isIdxImages } from "./idx.ts";
import { csv, jsonl } from "./manifest.ts";
import { fileOf } from "./masks/tiles.ts";
import { npz } from "./npz.ts";
import { tar } from "./tar.ts";
import {
  type DatasetFormat,
  type DatasetListing,
  type DatasetRequest,
  type DatasetSource,
  type Files,
  FORMATS,
  type Sample,
} from "./types.ts";

const READERS: Record<DatasetFormat, Format> = { folder, csv, jsonl, idx, npz, tar };

/** What a file's name says of its format. */
const NAMES: [RegExp, DatasetFormat][] = [
  [/\.(csv|tsv)$/i, "csv"],
  [/\.(jsonl|ndjson|manifest)$/i, "jsonl"],
  [/\.npz$/i, "npz"],
  [/\.(tar|tar\.gz|tgz)$/i, "tar"],
];
/** Manifests that are looked for in a folder, the first first. */
const MANIFESTS = ["manifest", "labels", "metadata", "index"].flatMap((name) =>
  ["csv", "tsv", "jsonl", "manifest"].map((ending) => `${name}.${ending}`),
);

/**
 * Lists a dataset: recognises its format, numbers its classes, settles its splits. Samples are handed over block by block.
 *
 * @throws InputError naming file, field and remedy where there is no such data or they cannot be used (see each format)
 */
export async function listDataset(files: Files, request: DatasetRequest, assembly: Assembly): Promise<DatasetListing> {
  const { format, path } = await recognise(files, request);
  const located = { ...request, path };
  return assemble(format, READERS[format].list(files, located), located, assembly);
}

/** Lists a dataset and holds its samples. */
export async function openDataset(files: Files, request: DatasetRequest): Promise<DatasetSource> {
  const waiting: ListedRow[][] = [];
  const samples: Sample[] = [];
  const listing = await listDataset(files, request, {
    spool: {
      put: async (block, rows) => void (waiting[block] = rows),
      get: async (block) => waiting[block],
      delete: async (block) => void (waiting[block] = []),
    },
    take: async (block) => {
      for (const sample of block) samples.push(sample);
    },
  });
  return openListed(files, request, listing, samples);
}

/** A dataset that was listed before, without listing it again. `request` as it was then. */
export function openListed(
  files: Files,
  request: DatasetRequest,
  listing: DatasetListing,
  samples: Sample[],
): DatasetSource {
  const { format, path } = listing;
  return {
    ...listing,
    samples,
    read: (from, to) =>
      format === "masks"
        ? readFiles(files, fileOf, samples, from, Math.min(to, samples.length))
        : READERS[format].read(files, { ...request, format, path }, samples, from, Math.min(to, samples.length)),
  };
}

/** The format, and the file in a folder where the format is one file. */
export async function recognise(
  files: Files,
  request: DatasetRequest,
): Promise<{ format: DatasetFormat; path: string }> {
  const path = pathWithin(request.path);
  if (request.format !== undefined && !FORMATS.includes(request.format))
    throw new InputError({
      file: request.path,
      field: "data.format",
      problem: `The format ${JSON.stringify(request.format)} is not known.`,
      remedy: `Use one of ${FORMATS.join(", ")}, or leave it out.`,
    });
  const named = formatNamed(path);
  if (named && request.format !== "folder") return { format: request.format ?? named, path };
  if (/\.(zip|7z|rar|tar\.(bz2|xz|zst)|tbz2?|txz)$/i.test(path))
    throw new InputError({
      file: request.path,
      field: "data.path",
      problem: "Archives of this kind are not read.",
      remedy: "Pack the images as .tar or .tar.gz.",
    });
  if (request.format === "folder" || request.format === "idx") return { format: request.format, path };
  const top = await topLevel(files, path);
  const inside = (file: string) => (path === "" ? file : `${path}/${file}`);
  const found = (format: DatasetFormat | undefined, file: string | undefined) =>
    file !== undefined && format !== undefined && (request.format === undefined || request.format === format)
      ? { format, path: inside(file) }
      : undefined;
  const manifest = MANIFESTS.find((name) => top.includes(name));
  const single = (format: DatasetFormat) => {
    const matching = top.filter((name) => formatNamed(name) === format);
    return matching.length === 1 ? matching[0] : undefined;
  };
  const answer =
    found(manifest === undefined ? undefined : formatNamed(manifest), manifest) ??
    (request.format === undefined && top.some(isIdxImages) ? { format: "idx" as const, path } : undefined) ??
    found("npz", single("npz")) ??
    found("tar", single("tar")) ??
    (request.format === "csv" || request.format === "jsonl"
      ? found(request.format, single(request.format))
      : undefined);
  if (answer) return answer;
  if (request.format !== undefined)
    throw new InputError({
      file: request.path,
      field: "data.format",
      problem: `There is no single file of the format ${request.format} in it.`,
      remedy: "Let data.path name the file itself.",
    });
  return { format: "folder", path };
}

function formatNamed(file: string): DatasetFormat | undefined {
  return isIdxImages(file) ? "idx" : NAMES.find(([pattern]) => pattern.test(file))?.[1];
}

/** Names of the files that lie directly in a folder and say by their name what they are. */
const topLevel = (files: Files, path: string): Promise<string[]> =>
  keysOf(files, path, (key) => !key.includes("/") && (formatNamed(key) !== undefined || MANIFESTS.includes(key)));
