/** COCO files as masks. */
import { InputError } from "../../errors.ts";
import { FileFinder } from "../find-file.ts";
import { keysOf } from "../format.ts";
import { isImage } from "../layout.ts";
import type { Files, Rejected } from "../types.ts";
import { checkClasses } from "./classes.ts";
import { type CocoAnnotation, type CocoId, type CocoImage, readCocoAnnotations, readCocoTables } from "./coco-file.ts";
import { forPolygon, PolygonProblem } from "./polygon.ts";
import { forRuns, RunLengthProblem, unpackRunLengths } from "./rle.ts";
import { IGNORE, type Mask, type MaskedImage, type MaskRequest, type MaskSource } from "./types.ts";

const BACKGROUND = "background";

/**
 * Class 0 is the background, the categories follow in the order of their ids. Where objects overlap the smaller one lies on top;
 * crowds are left out of all figures, except where an object of their own lies in them.
 *
 * @param path the COCO file; images are found relative to it, to the dataset, or by their name where it is the only one
 * @throws InputError as `readCocoTables` does, and where none of the images is there
 */
export async function openCoco(files: Files, path: string, request: MaskRequest): Promise<MaskSource> {
  const { images: listed, categories } = await readCocoTables(files, path);
  const names = categories.map(({ name }) => name);
  const classes = checkClasses(names[0]?.toLowerCase() === BACKGROUND ? names : [BACKGROUND, ...names], path);
  assertDeclared(request.classes, classes, path);
  const indexOf = new Map<CocoId, number>(categories.map(({ id }, i) => [id, i + classes.length - names.length]));
  const { found, rejected } = await find(files, path, listed);
  return {
    format: "coco",
    classes,
    images: found.map(({ file }): MaskedImage => ({ file, masks: [] })),
    rejected,
    async open(from, to) {
      const ids = new Set(found.slice(from, to).map(({ image }) => image.id));
      const annotations = await readCocoAnnotations(files, path, ids);
      return async (index) => {
        const { image } = found[index];
        return draw(image, annotations.get(image.id) ?? [], indexOf, path);
      };
    },
  };
}

function assertDeclared(declared: string[] | undefined, classes: string[], path: string): void {
  if (!declared || declared.join("\n") === classes.join("\n")) return;
  throw new InputError({
    file: path,
    field: "data.classes",
    problem: `The file's classes are ${classes.join(", ")}.`,
    remedy: "Leave data.classes out, or write these in this order.",
  });
}

async function find(files: Files, path: string, listed: CocoImage[]) {
  const keys = await keysOf(files, ".", isImage);
  const finder = new FileFinder(keys, path);
  const byName = new Map<string, string | undefined>();
  for (const key of keys) {
    const name = key.slice(key.lastIndexOf("/") + 1);
    byName.set(name, byName.has(name) ? undefined : key);
  }
  const found: { file: string; image: CocoImage }[] = [];
  const rejected: Rejected[] = [];
  for (const image of listed) {
    const name = image.file_name.replaceAll("\\", "/");
    const file = finder.find(name) ?? byName.get(name.slice(name.lastIndexOf("/") + 1));
    if (file) found.push({ file, image });
    else rejected.push({ file: image.file_name, problem: `There is no such image for the entry in ${path}.` });
  }
  if (found.length === 0)
    throw new InputError({
      file: path,
      field: "images[0].file_name",
      problem: `None of its ${listed.length} images is there, such as ${listed[0].file_name}.`,
      remedy: "Put the images into the dataset's folder, at the paths that the file names.",
    });
  return { found, rejected };
}

/** Pixels that one image's annotations may fill, as a multiple of the image: outlines drawn over and over. */
const MOST_COVER = 400;
const SMALL_IMAGE = 1_000_000;

function draw(image: CocoImage, annotations: CocoAnnotation[], indexOf: Map<CocoId, number>, file: string): Mask {
  const { height, width } = image;
  const values = new Uint8Array(height * width);
  let room = MOST_COVER * Math.max(height * width, SMALL_IMAGE);
  const layers = annotations.map((annotation) => {
    let pixels = 0;
    visit(annotation, image, file, (from, to, step) => {
      pixels += (to - from) / step;
    });
    room -= pixels;
    if (room < 0)
      throw new InputError({
        file,
        field: annotation.field,
        problem: `The annotations of ${image.file_name} cover it ${MOST_COVER} times over.`,
        remedy: "Take out annotations that stand there again and again.",
      });
    return { annotation, pixels };
  });
  // Crowds lie lowest, then the larger objects.
  layers.sort((a, b) => Number(b.annotation.crowd) - Number(a.annotation.crowd) || b.pixels - a.pixels);
  for (const { annotation } of layers) {
    const index = annotation.crowd ? IGNORE : indexOf.get(annotation.categoryId)!;
    visit(annotation, image, file, (from, to, step) => {
      for (let pixel = from; pixel < to; pixel += step) values[pixel] = index;
    });
  }
  return { values, height, width };
}

/** Calls `fill` for stretches of an annotation's pixels: `from`, `from + step`... below `to`. Polygons go along rows, run lengths along columns. */
function visit(
  { segmentation, field }: CocoAnnotation,
  { height, width, file_name }: CocoImage,
  file: string,
  fill: (from: number, to: number, step: number) => void,
): void {
  try {
    if (Array.isArray(segmentation)) {
      for (const polygon of segmentation) {
        if (!Array.isArray(polygon)) throw new PolygonProblem("It is no list of polygons, each a list of numbers.");
        forPolygon(polygon, height, width, (row, from, to) => fill(row * width + from, row * width + to, 1));
      }
      return;
    }
    const { size, counts } = segmentation;
    if (size[0] !== height || size[1] !== width)
      throw new RunLengthProblem(`Its size is [${size.join(", ")}], the image has [${height}, ${width}].`);
    const runs = typeof counts === "string" ? unpackRunLengths(counts, height * width + 1) : counts;
    forRuns(runs, height, width, (column, from, to) => fill(from * width + column, to * width + column, width));
  } catch (cause) {
    if (!(cause instanceof RunLengthProblem) && !(cause instanceof PolygonProblem)) throw cause;
    throw new InputError({
      file,
      field: `${field}.segmentation`,
      problem: `${cause.message} The image is ${file_name}.`,
      remedy: "Correct the annotation, or export the file again.",
      cause,
    });
  }
}
