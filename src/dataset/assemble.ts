/** From what a format found to a checked listing: classes, labels, splits. */
import { InputError } from "../errors.ts";
import { deriveSeed } from "../random.ts";
import type { Listed, ListedRow } from "./format.ts";
import { makeSplits } from "./splits.ts";
import type { DatasetFormat, DatasetListing, DatasetRequest, Sample, Split } from "./types.ts";

const DEFAULT_TEST_FRACTION = 0.2;
const DEFAULT_VALIDATION_FRACTION = 0.1;

/**
 * Names classes, numbers labels and settles the splits.
 *
 * @throws InputError without images, with one class only, with a class of one image, with labels outside of the declared classes
 */
export function assemble(format: DatasetFormat, { rows, rejected }: Listed, request: DatasetRequest): DatasetListing {
  const file = request.path || ".";
  if (rows.length === 0)
    throw new InputError({
      file,
      problem:
        rejected.length > 0
          ? `No usable image was found; the first of ${rejected.length} that are not: ${rejected[0].file}: ${rejected[0].problem}`
          : "No images were found.",
      remedy:
        "Put images into one folder a class (cat/1.jpg, dog/1.jpg), or give a manifest with the columns file and label.",
    });
  const { classes, labels } = numberLabels(rows, request);
  checkCounts(classes, labels, file);
  const groups = rows.map((row) => row.group);
  const given = rows.map((row) => row.split);
  const { splits, origin } = settleSplits(given, labels, groups, request);
  const samples = rows.map((row, i): Sample => ({ ...row, label: labels[i], split: splits[i] }));
  return { format, classes, samples, splits: origin, rejected };
}

const collator = new Intl.Collator("en", { numeric: true });
/** 2 before 10; capitals do not matter unless all else is equal. */
const naturally = (a: string, b: string): number => collator.compare(a, b) || (a < b ? -1 : a > b ? 1 : 0);

function numberLabels(rows: ListedRow[], request: DatasetRequest): { classes: string[]; labels: Int32Array } {
  const classes = request.classes ?? [...new Set(rows.map((row) => row.label))].sort(naturally);
  const numbers = new Map(classes.map((name, k) => [name, k]));
  const indexOf = (row: ListedRow): number => {
    const named = numbers.get(row.label);
    if (named !== undefined) return named;
    const index = /^\d+$/.test(row.label) ? Number(row.label) : -1;
    if (index >= 0 && index < classes.length) return index;
    throw new InputError({
      file: request.path || ".",
      field: "label",
      problem: `${row.file} has the label ${JSON.stringify(row.label)}, which is none of the declared classes (${list(classes)}).`,
      remedy: "Correct the label, or add it to data.classes in errata.json.",
    });
  };
  return { classes, labels: Int32Array.from(rows, indexOf) };
}

function checkCounts(classes: string[], labels: Int32Array, file: string): void {
  const counts = new Int32Array(classes.length);
  for (const label of labels) counts[label]++;
  const present = classes.filter((_, k) => counts[k] > 0);
  if (present.length < 2)
    throw new InputError({
      file,
      field: "classes",
      problem: `All ${labels.length} images have one class, ${JSON.stringify(present[0])}.`,
      remedy:
        "A classifier needs at least two classes: add images of another, or point data.path at the folder that holds the class folders.",
    });
  const small = classes.filter((_, k) => counts[k] < 2);
  if (small.length > 0)
    throw new InputError({
      file,
      field: "classes",
      problem: `${small.length === 1 ? "The class" : "The classes"} ${list(small)} ${small.length === 1 ? "has" : "have"} fewer than two images.`,
      remedy: "Add images, so that one can be trained on and one be tested, or leave the class out.",
    });
}

/**
 * What the data give is kept. Without a test set, a given validation set serves as one; without either, one is drawn.
 * A validation set is drawn with the test set, or where the request names a fraction for it.
 */
function settleSplits(
  given: (Split | undefined)[],
  labels: Int32Array,
  groups: (string | undefined)[],
  request: DatasetRequest,
): { splits: Split[]; origin: "given" | "made" } {
  const splits = given.map((split): Split => split ?? "train");
  const has = (split: Split) => given.includes(split);
  if (!has("test") && has("validation") && request.split?.test === undefined) {
    for (let i = 0; i < splits.length; i++) if (splits[i] === "validation") splits[i] = "test";
    return {
      splits: drawFromTraining(
        splits,
        labels,
        groups,
        { test: 0, validation: request.split?.validation ?? 0 },
        request.seed,
      ),
      origin: "given",
    };
  }
  const made = !has("test");
  const test = made ? (request.split?.test ?? DEFAULT_TEST_FRACTION) : 0;
  const usual = made ? DEFAULT_VALIDATION_FRACTION : 0;
  const validation = has("validation") ? 0 : (request.split?.validation ?? usual);
  return {
    splits: drawFromTraining(splits, labels, groups, { test, validation }, request.seed),
    origin: made ? "made" : "given",
  };
}

function drawFromTraining(
  splits: Split[],
  labels: Int32Array,
  groups: (string | undefined)[],
  fractions: { test: number; validation: number },
  seed: number,
): Split[] {
  if (fractions.test === 0 && fractions.validation === 0) return splits;
  const rows = [...splits.keys()].filter((i) => splits[i] === "train");
  const drawn = makeSplits(
    Int32Array.from(rows, (i) => labels[i]),
    rows.map((i) => groups[i]),
    fractions,
    deriveSeed(seed, "splits"),
  );
  const settled = [...splits];
  rows.forEach((row, i) => {
    settled[row] = drawn[i];
  });
  return settled;
}

/** At most ten names. */
export function list(names: string[]): string {
  const shown = names
    .slice(0, 10)
    .map((name) => JSON.stringify(name))
    .join(", ");
  return names.length > 10 ? `${shown} and ${names.length - 10} more` : shown;
}
