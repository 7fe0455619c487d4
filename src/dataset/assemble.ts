/** From what a format found to a checked listing: classes, labels, splits. */
import { InputError } from "../errors.ts";
import { deriveSeed } from "../random.ts";
import { auditSet } from "./audit-set.ts";
import { type Found, isRejected, type ListedRow, type Settle } from "./format.ts";
import { splitter } from "./splits.ts";
import type { DatasetListing, DatasetRequest, Rejected, Sample, Split } from "./types.ts";

const DEFAULT_TEST_FRACTION = 0.2;
const DEFAULT_VALIDATION_FRACTION = 0.1;
/** Rows that are held at a time; a dataset of so many images is dealt to the splits at once. */
const BLOCK = 20_000;

/** Where full blocks of rows wait between passes over them. */
export interface Spool {
  put(block: number, rows: ListedRow[]): Promise<void>;
  get(block: number): Promise<ListedRow[]>;
  delete(block: number): Promise<void>;
}

export interface Assembly {
  spool: Spool;
  /** Gets all samples in order, a block at a time. `from` is the first one's place in the dataset. */
  take(samples: Sample[], from: number): Promise<void>;
  block?: number;
  /** Of masks: their classes were checked by their pixels. */
  unchecked?: true;
}

/**
 * Names classes, numbers labels, settles the splits and chooses the audit set, in three passes: the format's own, one that counts, one
 * that deals. What is held does not grow with the number of images.
 *
 * @throws InputError without images, with one class only, with a class of one image, with labels outside of the declared classes
 */
export async function assemble(
  format: DatasetListing["format"],
  found: AsyncGenerator<Found, Settle>,
  request: DatasetRequest,
  { spool, take, block = BLOCK, unchecked }: Assembly,
): Promise<DatasetListing> {
  const file = request.path || ".";
  const rejected: Rejected[] = [];
  const { settle, passes } = await setAside(found, rejected, spool, block);
  const tally = new Tally();
  for await (const rows of passes())
    for (const row of rows) {
      const settled = settle(row);
      if (isRejected(settled)) rejected.push(settled);
      else tally.add(settled);
    }
  if (tally.images === 0)
    throw new InputError({
      file,
      problem:
        rejected.length > 0
          ? `No usable image was found; the first of ${rejected.length} that are not: ${rejected[0].file}: ${rejected[0].problem}`
          : "No images were found.",
      remedy:
        "Put images into one folder a class (cat/1.jpg, dog/1.jpg), or give a manifest with the columns file and label.",
    });
  const { classes, numbers } = numberLabels(tally, request);
  const counts = tally.countsOf(numbers, classes.length);
  if (!unchecked) checkCounts(classes, counts, tally.images, file);
  const { origin, split } = settleSplits(tally, numbers, request);
  const chosen = auditSet(counts, deriveSeed(request.seed, "audit set"), request.limit);
  const images: Record<Split, number> = { train: 0, validation: 0, test: 0 };
  let from = 0;
  let inSet = 0;
  for await (const rows of passes(true)) {
    const settled = rows.map(settle).filter((row): row is ListedRow => !isRejected(row));
    const labels = Int32Array.from(settled, (row) => numbers.get(row.label)!);
    const splits = split(settled, labels);
    const samples = settled.map((row, i): Sample => {
      const audited = chosen(labels[i]);
      if (audited) inSet++;
      images[splits[i]]++;
      return { ...row, label: labels[i], split: splits[i], ...(audited ? {} : { beyond: true }) };
    });
    await take(samples, from);
    from += samples.length;
  }
  return { format, path: request.path, classes, images, audited: inSet, splits: origin, rejected };
}

/** The first pass. Full blocks wait in the spool, the last one here: a dataset of one block is never written. */
async function setAside(
  found: AsyncGenerator<Found, Settle>,
  rejected: Rejected[],
  spool: Spool,
  block: number,
): Promise<{ settle: Settle; passes: (last?: boolean) => AsyncGenerator<ListedRow[]> }> {
  let full = 0;
  let rows: ListedRow[] = [];
  for (;;) {
    const next = await found.next();
    if (next.done) {
      const passes = async function* (last = false) {
        for (let i = 0; i < full; i++) {
          yield await spool.get(i);
          if (last) await spool.delete(i);
        }
        yield rows;
      };
      return { settle: next.value, passes };
    }
    if (isRejected(next.value)) rejected.push(next.value);
    else if (rows.push(next.value) === block) {
      await spool.put(full++, rows);
      rows = [];
    }
  }
}

/** How many images of each label there are, by the split that the data give them. */
class Tally {
  images = 0;
  readonly labels = new Map<string, { first: string; given: Map<Split | undefined, number> }>();

  add({ file, label, split }: ListedRow): void {
    this.images++;
    let known = this.labels.get(label);
    if (!known) this.labels.set(label, (known = { first: file, given: new Map() }));
    known.given.set(split, (known.given.get(split) ?? 0) + 1);
  }

  has = (split: Split): boolean => [...this.labels.values()].some(({ given }) => given.has(split));

  countsOf(numbers: ReadonlyMap<string, number>, classes: number): Int32Array {
    const counts = new Int32Array(classes);
    for (const [label, { given }] of this.labels)
      for (const count of given.values()) counts[numbers.get(label)!] += count;
    return counts;
  }
}

const collator = new Intl.Collator("en", { numeric: true });
/** 2 before 10; capitals do not matter unless all else is equal. */
const naturally = (a: string, b: string): number => collator.compare(a, b) || (a < b ? -1 : a > b ? 1 : 0);

/** Classes, and the number of each label that occurs. */
function numberLabels({ labels }: Tally, request: DatasetRequest): { classes: string[]; numbers: Map<string, number> } {
  const classes = request.classes ?? [...labels.keys()].sort(naturally);
  const named = new Map(classes.map((name, k) => [name, k]));
  const numberOf = ([label, { first }]: [string, { first: string }]): [string, number] => {
    const index = named.get(label) ?? (/^\d+$/.test(label) ? Number(label) : -1);
    if (index >= 0 && index < classes.length) return [label, index];
    throw new InputError({
      file: request.path || ".",
      field: "label",
      problem: `${first} has the label ${JSON.stringify(label)}, which is none of the declared classes (${list(classes)}).`,
      remedy: "Correct the label, or add it to data.classes in errata.json.",
    });
  };
  return { classes, numbers: new Map(Array.from(labels, numberOf)) };
}

function checkCounts(classes: string[], counts: Int32Array, images: number, file: string): void {
  const present = classes.filter((_, k) => counts[k] > 0);
  if (present.length < 2)
    throw new InputError({
      file,
      field: "classes",
      problem: `All ${images} images have one class, ${JSON.stringify(present[0])}.`,
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
  tally: Tally,
  numbers: ReadonlyMap<string, number>,
  request: DatasetRequest,
): { origin: "given" | "made"; split: (rows: ListedRow[], labels: Int32Array) => Split[] } {
  const renamed = !tally.has("test") && tally.has("validation") && request.split?.test === undefined;
  const made = !tally.has("test") && !renamed;
  const usual = made ? DEFAULT_VALIDATION_FRACTION : 0;
  const fractions = {
    test: made ? (request.split?.test ?? DEFAULT_TEST_FRACTION) : 0,
    validation: tally.has("validation") && !renamed ? 0 : (request.split?.validation ?? usual),
  };
  const drawn = fractions.test > 0 || fractions.validation > 0;
  const totals = new Map<number, number>();
  for (const [label, { given }] of tally.labels) {
    const k = numbers.get(label)!;
    totals.set(k, (totals.get(k) ?? 0) + (given.get("train") ?? 0) + (given.get(undefined) ?? 0));
  }
  const deal = splitter(totals, fractions, deriveSeed(request.seed, "splits"));
  const split = (rows: ListedRow[], labels: Int32Array): Split[] => {
    const splits = rows.map((row): Split => (row.split === "validation" && renamed ? "test" : (row.split ?? "train")));
    if (!drawn) return splits;
    const training = [...splits.keys()].filter((i) => splits[i] === "train");
    const dealt = deal(
      Int32Array.from(training, (i) => labels[i]),
      training.map((i) => rows[i].group),
    );
    training.forEach((i, n) => {
      splits[i] = dealt[n];
    });
    return splits;
  };
  return { origin: made ? "made" : "given", split };
}

/** At most ten names. */
export function list(names: string[]): string {
  const shown = names
    .slice(0, 10)
    .map((name) => JSON.stringify(name))
    .join(", ");
  return names.length > 10 ? `${shown} and ${names.length - 10} more` : shown;
}
