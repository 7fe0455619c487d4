import type { Variant } from "../model/perturb.ts";
import { normalBelow } from "../stats/intervals.ts";
import { moreThan } from "../stats/proportions.ts";
import { type FoundSlice, findSlices } from "../stats/slices.ts";
import type { Fit } from "./fit.ts";
import type { Perturbed, View } from "./view.ts";

/** What changed copies of test images say about a model. */

type Kind = Variant["kind"];

/** Images whose answer a change puts right, and those that it breaks. */
export interface Effect {
  accuracy: number;
  /** Places in `perturbed.rows`. */
  mended: number[];
  broken: number[];
  /** Mended less broken, as a part of the images. */
  net: number;
  /** One-sided, for "it mends no more than it breaks" (McNemar 1947, with a continuity correction). */
  pValue: number;
}

const places = ({ variants }: Perturbed, wanted: (variant: Variant) => boolean): number[] =>
  [...variants.keys()].filter((v) => variants[v].kind !== "given" && wanted(variants[v]));

/** Part of the answers that change under such variants, averaged over images and variants. */
export function flips(perturbed: Perturbed, wanted: (variant: Variant) => boolean): number {
  const { rows, variants, predicted } = perturbed;
  const chosen = places(perturbed, wanted);
  let changed = 0;
  rows.forEach((_, i) => {
    for (const v of chosen) if (predicted[i * variants.length + v] !== predicted[i * variants.length]) changed++;
  });
  return changed / Math.max(1, rows.length * chosen.length);
}

/** What becomes of the answers where each image is given the variant of a kind that the model is surest of. */
export function surest(view: View, perturbed: Perturbed, kind: Kind): Effect {
  const { variants, confidence } = perturbed;
  const chosen = [0, ...places(perturbed, (variant) => variant.kind === kind)];
  return effectOf(view, perturbed, (i) =>
    chosen.reduce((best, v) =>
      confidence[i * variants.length + v] > confidence[i * variants.length + best] ? v : best,
    ),
  );
}

/** What becomes of the answers under one variant for all images; `rows`: of these alone. */
export const under = (view: View, perturbed: Perturbed, variant: number, rows?: Set<number>): Effect =>
  effectOf(view, perturbed, () => variant, rows);

function effectOf(view: View, perturbed: Perturbed, choose: (i: number) => number, rows?: Set<number>): Effect {
  const { variants, predicted } = perturbed;
  const mended: number[] = [];
  const broken: number[] = [];
  let right = 0;
  let images = 0;
  perturbed.rows.forEach((row, i) => {
    if (rows && !rows.has(row)) return;
    images++;
    const label = view.samples.labels[row];
    const before = predicted[i * variants.length] === label;
    const after = predicted[i * variants.length + choose(i)] === label;
    if (after) right++;
    if (after && !before) mended.push(i);
    if (before && !after) broken.push(i);
  });
  const discordant = mended.length + broken.length;
  const z = (mended.length - broken.length - 1) / Math.sqrt(Math.max(1, discordant));
  return {
    accuracy: right / Math.max(1, images),
    mended,
    broken,
    net: (mended.length - broken.length) / Math.max(1, images),
    pValue: discordant === 0 ? 1 : 1 - normalBelow(z),
  };
}

/** What another form of the test images must mend, net, to be no accident: of the images, and of those that are wrong as they are. */
const LEAST_GAIN = { ofImages: 0.05, ofErrors: 0.4 };
export const isWorth = (net: number, errorRate: number): boolean =>
  net >= LEAST_GAIN.ofImages && net >= LEAST_GAIN.ofErrors * errorRate;

/** The form in which the test images are recognised far better than as they are; nothing where there is none. */
export function slipOf(view: View, rows?: Set<number>, level = 1e-6): { variant: number; effect: Effect } | undefined {
  const { perturbed } = view;
  if (!perturbed) return undefined;
  const errorRate = 1 - under(view, perturbed, 0, rows).accuracy;
  const found = [...perturbed.variants.keys()]
    .filter((v) => perturbed.variants[v].kind === "input")
    .map((variant) => ({ variant, effect: under(view, perturbed, variant, rows) }))
    .filter(({ effect }) => isWorth(effect.net, errorRate) && effect.pValue <= level)
    .sort((a, b) => b.effect.accuracy - a.effect.accuracy);
  return found[0];
}

/** What test images must lose against unseen training images to be of another kind: of all images, and of their own errors. */
const NOVEL = { lost: 0.04, ofErrors: 0.15, level: 5e-4 };

/**
 * What test images lose against training images that were held out by cross-validation, and the chance of that were they of one kind
 * (two proportions, one-sided). What is held out is judged by models of fewer images, so test images of the same kind do better, not worse.
 */
export function lostOnTest(view: View, fit: Fit): { lost: number; pValue: number } {
  const training = { share: fit.outOfFold, count: view.train.length };
  return {
    lost: fit.outOfFold - fit.test,
    pValue: moreThan(training, { share: fit.test, count: view.test.length }),
  };
}

/**
 * Whether test images are of another kind than training images: unseen training images are recognised better beyond chance, by a good
 * part of the errors, and no column of the metadata says why.
 */
export function isNovel(view: View, fit: Fit): boolean {
  const { lost, pValue } = lostOnTest(view, fit);
  if (!(pValue < NOVEL.level && lost >= NOVEL.lost && lost >= NOVEL.ofErrors * (1 - fit.test))) return false;
  return lackedKinds(view).length === 0;
}

/** Kinds of test image that training lacks and in which errors gather, as far as columns of the metadata tell. */
export function lackedKinds({ train, test, testErrors, samples }: View): FoundSlice[] {
  const pick = (rows: Int32Array, values: (string | number | undefined)[]) => Array.from(rows, (row) => values[row]);
  const columns = samples.columns.map(({ name, values }) => ({
    name,
    train: pick(train, values),
    test: pick(test, values),
  }));
  return findSlices({ errors: testErrors, columns });
}

/** Effects that are worth an experiment: beyond chance, and a good part of the errors. */
export const matters = ({ net, pValue }: Effect, errorRate: number): boolean =>
  pValue < 0.001 && net >= Math.max(0.02, 0.15 * errorRate);
