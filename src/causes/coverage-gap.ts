import { deriveSeed, random } from "../random.ts";
import type { ColumnValue } from "../stats/columns.ts";
import { type FoundSlice, findSlices, type SliceSpace } from "../stats/slices.ts";
import { lostOnTest } from "./answers.ts";
import { fitOf, mean } from "./fit.ts";
import { many, percent } from "./say.ts";
import { type Cause, cleared } from "./types.ts";
import { featuresOf, ofMasks, type View } from "./view.ts";

/** Chance, were test images of one kind with training's, up to which a region of feature space counts as one that training lacks. */
const HELD_OUT_BETTER = 0.005;

/** What is measured of an image as a whole: where nothing in training is so bright or so faint, no one need have written it into a column. */
const MEASURED = ["brightness", "contrast", "sharpness", "warmth", "greenness"] as const;
/**
 * Part of training below which a stretch of such a measure, or a region of all of them, is absent, and parts of the test within which it is
 * a kind among others. A region that takes in training's own outskirts must have more of the test, and then has the whole kind.
 */
const STRETCH = [{ inTraining: 0.01, least: 0.05, most: 0.75 }];
const REGION = [
  { inTraining: 0.02, least: 0.1, most: 0.75 },
  { inTraining: 0.06, least: 0.3, most: 0.75 },
];
/** All measures taken together: a kind may be rare in none of them and yet have what training never has at once. */
const LOOKS = "brightness, contrast, sharpness and colour taken together";

/**
 * Kinds of image that training lacks: a viewpoint, a site, a light. Found where errors gather in a stretch of a metadata
 * column or of what is measured of images, or in a region of feature space, in which training images are scarce. Tested by moving half of the slice's
 * held-out images into training and judging the others; control: moving as many held-out images from outside the slice, judged on
 * what is left of the slice, since more images of any kind mend something elsewhere.
 */
export const coverageGap: Cause = {
  id: "coverage-gap",
  family: "data-quantity",
  tier: "data",
  masks: true,
  table: "slices",
  controlledOnItsImages: true,
  separatedBy:
    "moving as many held-out images from outside the slice: what only the slice's own images mend in it is coverage",

  screen(view) {
    const slices = gaps(view);
    if (slices.length === 0)
      return cleared("No kind of test image is scarce in training and wrong more often than the rest.");
    const [worst] = slices;
    const evidence = slices.slice(0, 4).map((slice) => ({
      measure: `error rate in ${slice.slice}`,
      value: slice.errorRate,
      reference: slice.elsewhere,
      says: `${slice.slice}: ${percent(slice.errorRate)} ${ofMasks(view) ? "of the IoU lost on" : "of"} ${many(slice.members.length, "test image")}${ofMasks(view) ? "" : " wrong"}, elsewhere ${percent(slice.elsewhere)}; ${many(slice.trainCount, "training image")} there (${percent(slice.trainShare)} of training, ${percent(slice.testShare)} of test).`,
    }));
    const rows = Array.from(worst.members, (i) => ({ row: view.test[i], error: view.testErrors[i] }));
    rows.sort((a, b) => b.error - a.error || a.row - b.row);
    return {
      standing: "suspected",
      strength: Math.min(1, 0.4 + (worst.errorRate - worst.elsewhere)),
      says: `Errors gather in ${worst.slice}${isRegion(worst) ? beyondTraining(view, worst.members) : ""} (${percent(worst.errorRate)} ${ofMasks(view) ? "of the IoU lost" : "wrong"}, elsewhere ${percent(worst.elsewhere)}), where training has ${many(worst.trainCount, "image")}.`,
      evidence,
      rows: Int32Array.from(rows, ({ row }) => row),
    };
  },

  interventions(_view, suspicion, { movable }) {
    const inSlice = new Set(suspicion.rows);
    const move = movable.filter((row) => inSlice.has(row));
    return move.length === 0
      ? []
      : [
          {
            id: "with images of the slice",
            says: `training with ${many(move.length, "held-out image")} of the slice as well`,
            move,
          },
        ];
  },

  control(_view, suspicion, chosen, { movable, seed }) {
    const inSlice = new Set(suspicion.rows);
    const others = movable.filter((row) => !inSlice.has(row));
    const count = Math.min(others.length, chosen.move?.length ?? 0);
    if (count === 0) return undefined;
    const move = Int32Array.from(random(deriveSeed(seed, "coverage control")).sample(others, count)).sort();
    return {
      id: "with other images",
      says: `training with ${many(count, "held-out image")} from outside the slice as well`,
      move,
    };
  },

  remedy(view, _suspicion, outcome) {
    const [worst] = gaps(view);
    if (!worst) return { says: "Nothing to do." };
    const need = Math.max(0, Math.round(view.train.length * worst.testShare) - worst.trainCount);
    return {
      says: `Collect training images in ${worst.slice}${isRegion(worst) ? beyondTraining(view, worst.members) : ""}${outcome ? `: with ${many(outcome.intervention.move?.length ?? 0, "such image")} the test error went from ${percent(outcome.baseline.value)} to ${percent(outcome.changed.value)}` : ""}. About ${need} would give the range the share among ${many(view.train.length, "training image")} that it has in the test.`,
      files: Array.from(worst.members.slice(0, 200), (i) => view.samples.files[view.test[i]]),
    };
  },
};

/** A region of a space says of itself only how far off it is. */
const isRegion = ({ column }: FoundSlice): boolean => column === "features" || column === LOOKS;

/** Numeric columns in which nearly all of the slice lies where training has nothing: "azimuth 112..338 (training has 0..90)". */
function beyondTraining(view: View, members: ArrayLike<number>): string {
  const outside = view.samples.columns.flatMap(({ name, values }) => {
    const trained = Array.from(view.train, (row) => Number(values[row])).filter(Number.isFinite);
    const inside = Array.from(members, (i) => Number(values[view.test[i]])).filter(Number.isFinite);
    if (trained.length < view.train.length / 2 || inside.length < members.length / 2) return [];
    const [low, high] = [Math.min(...trained), Math.max(...trained)];
    const strangers = inside.filter((value) => value < low || value > high);
    if (strangers.length < 0.9 * inside.length) return [];
    return [`${name} ${Math.min(...strangers)}..${Math.max(...strangers)} (training has ${low}..${high})`];
  });
  return outside.length > 0 ? `, that is ${outside.join(", ")}` : "";
}

/** Stretches of metadata columns and of measures, and regions of looks and of feature space, that training lacks and in which errors gather; worst first. */
export function gaps(view: View): FoundSlice[] {
  const measured = new Map<string, Float32Array>(
    MEASURED.flatMap((name) => {
      const values = view.samples.measures?.[name];
      return values ? [[`${name} of the image`, values] as const] : [];
    }),
  );
  const columns = [...view.samples.columns, ...Array.from(measured, ([name, values]) => ({ name, values }))];
  const pick = (values: ArrayLike<ColumnValue>, rows: Int32Array) => Array.from(rows, (row) => values[row]);
  const found = findSlices({
    errors: view.testErrors,
    columns: columns.map(({ name, values }) => ({
      name,
      train: pick(values, view.train),
      test: pick(values, view.test),
    })),
    spaces: spacesOf(view, [...measured.values()]),
  });
  const heldOutBetter = () =>
    !view.outOfFold || ofMasks(view) || lostOnTest(view, fitOf(view)).pValue < HELD_OUT_BETTER;
  // A model knows its training images by heart: test images seem unlike them where it errs, though they are of the same kind. Then
  // training images that were held out are recognised no better, and no column goes beyond what training has.
  const isReal = ({ column, members, trainShare, testShare }: FoundSlice) => {
    if (measured.has(column) || column === LOOKS) {
      const isAbsent = (column === LOOKS ? REGION : STRETCH).some(
        ({ inTraining, least, most }) => trainShare < inTraining && testShare >= least && testShare <= most,
      );
      return isAbsent && heldOutBetter();
    }
    return column !== "features" || beyondTraining(view, members) !== "" || heldOutBetter();
  };
  // A stretch of metadata can be collected by name, one of what was measured by looks; a region of feature space only by resemblance.
  const place = ({ column }: FoundSlice) =>
    column === "features" ? 3 : column === LOOKS ? 2 : Number(measured.has(column));
  return found.filter(isReal).sort((a, b) => place(a) - place(b));
}

/** The spaces of each dataset as it was last looked at: a proof is replayed many times, and what is near what takes long to find. */
const looked = new WeakMap<View["samples"], Pick<View, "train" | "test" | "features"> & { spaces: SliceSpace[] }>();

function spacesOf(view: View, measures: Float32Array[]): SliceSpace[] {
  const { samples, train, test, features } = view;
  const last = looked.get(samples);
  if (last && last.train === train && last.test === test && last.features === features) return last.spaces;
  const spaces = [...featureSpace(view), ...lookSpace(view, measures)];
  looked.set(samples, { train, test, features, spaces });
  return spaces;
}

const featureSpace = (view: View): SliceSpace[] =>
  view.features
    ? [
        {
          name: "features",
          width: view.features.width,
          train: featuresOf(view.features, view.train),
          test: featuresOf(view.features, view.test),
        },
      ]
    : [];

/** Measures in units of their spread over training. */
function lookSpace(view: View, measures: Float32Array[]): SliceSpace[] {
  const units = measures.flatMap((values) => {
    const trained = Array.from(view.train, (row) => values[row]);
    const middle = mean(trained);
    const spread = Math.sqrt(mean(trained.map((value) => (value - middle) ** 2)));
    return spread > 0 ? [{ values, spread }] : [];
  });
  const at = (rows: Int32Array) =>
    Float32Array.from({ length: rows.length * units.length }, (_, i) => {
      const { values, spread } = units[i % units.length];
      return values[rows[Math.floor(i / units.length)]] / spread;
    });
  return units.length > 0 ? [{ name: LOOKS, width: units.length, train: at(view.train), test: at(view.test) }] : [];
}
