/** What a COCO file says, read as a stream. */
import * as z from "zod";
import { InputError } from "../../errors.ts";
import { jsonElements } from "../json-elements.ts";
import type { Files } from "../types.ts";

/** An image's side, pixels; with the area it bounds what a mask may take. */
const MOST_SIDE = 100_000;
const MOST_PIXELS = 40_000_000;

const id = z.union([z.int(), z.string()]);
const side = z.int().min(1).max(MOST_SIDE);
const imageSchema = z.object({ id, file_name: z.string().min(1), width: side, height: side });
const categorySchema = z.object({ id, name: z.string().min(1) });
const numbers = z.array(z.number());
/** Polygons and run lengths are checked where they become pixels: numbers there are many. */
const segmentationSchema = z.union([
  z.array(z.unknown()),
  z.object({ size: z.tuple([z.int(), z.int()]), counts: z.union([z.string(), numbers]) }),
]);
const annotationSchema = z.object({
  id: id.optional(),
  image_id: id,
  category_id: id,
  iscrowd: z.union([z.literal(0), z.literal(1), z.boolean()]).optional(),
  segmentation: z.unknown().optional(),
});

export type CocoId = number | string;
export type CocoImage = z.infer<typeof imageSchema>;
export type Segmentation = z.infer<typeof segmentationSchema>;

export interface CocoAnnotation {
  /** Where it stands in the file, for messages. */
  field: string;
  imageId: CocoId;
  categoryId: CocoId;
  crowd: boolean;
  segmentation: Segmentation;
}

export interface CocoTables {
  images: CocoImage[];
  /** In the order of their ids. */
  categories: { id: CocoId; name: string }[];
  annotations: number;
}

/**
 * Images and categories of a COCO file; of its annotations only how many there are. Every annotation's ids are checked.
 *
 * @throws InputError naming the entry: unknown or repeated ids, no categories, no annotations, fields that are missing or wrong
 */
export async function readCocoTables(files: Files, file: string): Promise<CocoTables> {
  const images = new Map<CocoId, CocoImage>();
  const categories = new Map<CocoId, { id: CocoId; name: string }>();
  // Lists may come in any order: where an id was met first is kept until all are known.
  const imagesMeant = new Map<CocoId, string>();
  const categoriesMeant = new Map<CocoId, string>();
  let annotations = 0;
  for await (const { name, at, value } of jsonElements(
    files.stream(file),
    ["images", "categories", "annotations"],
    file,
  )) {
    const field = `${name}[${at}]`;
    if (name === "images") {
      const image = parsed(imageSchema, value, file, field);
      if (image.width * image.height > MOST_PIXELS)
        throw new InputError({
          file,
          field: `${field}.width`,
          problem: `An image of ${image.width} x ${image.height} has more than ${MOST_PIXELS / 1e6} megapixels.`,
          remedy: "Make the images smaller and export again.",
        });
      once(images, image, file, field);
    } else if (name === "categories") once(categories, parsed(categorySchema, value, file, field), file, field);
    else {
      const annotation = annotationOf(value, file, field);
      if (!imagesMeant.has(annotation.imageId)) imagesMeant.set(annotation.imageId, field);
      if (!categoriesMeant.has(annotation.categoryId)) categoriesMeant.set(annotation.categoryId, field);
      annotations++;
    }
  }
  for (const [list, name] of [
    [images.size, "images"],
    [categories.size, "categories"],
    [annotations, "annotations"],
  ] as const)
    if (list === 0)
      throw new InputError({
        file,
        field: name,
        problem: "It is missing or empty.",
        remedy: "A COCO file has the lists images, categories and annotations: export it for instance segmentation.",
      });
  assertKnown(imagesMeant, images, file, "image_id", "images");
  assertKnown(categoriesMeant, categories, file, "category_id", "categories");
  const sorted = [...categories.values()].sort((a, b) =>
    typeof a.id === "number" && typeof b.id === "number" ? a.id - b.id : String(a.id) < String(b.id) ? -1 : 1,
  );
  return { images: [...images.values()], categories: sorted, annotations };
}

/** The annotations of some images, image by image, in the order of the file. The file is streamed: what is kept is theirs only. */
export async function readCocoAnnotations(
  files: Files,
  file: string,
  imageIds: ReadonlySet<CocoId>,
): Promise<Map<CocoId, CocoAnnotation[]>> {
  const byImage = new Map<CocoId, CocoAnnotation[]>();
  for await (const { name, at, value } of jsonElements(files.stream(file), ["annotations"], file)) {
    const annotation = annotationOf(value, file, `${name}[${at}]`);
    if (!imageIds.has(annotation.imageId)) continue;
    const list = byImage.get(annotation.imageId);
    if (list) list.push(annotation);
    else byImage.set(annotation.imageId, [annotation]);
  }
  return byImage;
}

function annotationOf(value: unknown, file: string, field: string): CocoAnnotation {
  const { image_id, category_id, iscrowd, segmentation } = parsed(annotationSchema, value, file, field);
  const shape = segmentationSchema.safeParse(segmentation);
  if (!shape.success)
    throw new InputError({
      file,
      field: `${field}.segmentation`,
      problem:
        segmentation === undefined
          ? "It is missing: boxes alone are no masks."
          : "It is neither a list of polygons nor run lengths with size and counts.",
      remedy: "Export the annotations for segmentation, with polygons or RLE.",
      cause: shape.error,
    });
  return { field, imageId: image_id, categoryId: category_id, crowd: Boolean(iscrowd), segmentation: shape.data };
}

function parsed<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  file: string,
  field: string,
): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [{ path, message }] = result.error.issues;
  const at = path.map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`)).join("");
  throw new InputError({
    file,
    field: field + at,
    problem: `${message}.`,
    remedy: "Correct the entry, or export the file again.",
    cause: result.error,
  });
}

function once<Entry extends { id: CocoId }>(
  entries: Map<CocoId, Entry>,
  entry: Entry,
  file: string,
  field: string,
): void {
  if (entries.has(entry.id))
    throw new InputError({
      file,
      field: `${field}.id`,
      problem: `The id ${JSON.stringify(entry.id)} stands there twice.`,
      remedy: "Give each entry an id of its own; files that were joined need new ones.",
    });
  entries.set(entry.id, entry);
}

function assertKnown(
  meant: Map<CocoId, string>,
  known: ReadonlyMap<CocoId, unknown>,
  file: string,
  name: string,
  list: string,
): void {
  const unknown = [...meant].filter(([id]) => !known.has(id));
  if (unknown.length === 0) return;
  const [[id, field]] = unknown;
  const more = unknown.length > 1 ? ` ${unknown.length - 1} more ids are unknown.` : "";
  throw new InputError({
    file,
    field: `${field}.${name}`,
    problem: `The id ${JSON.stringify(id)} is in none of the ${list}.${more}`,
    remedy: `Add it to ${list}, or take its annotations out.`,
  });
}
