import { pairedPValue, wilson } from "../stats/intervals.ts";
import { likeliest } from "../stats/metrics.ts";
import { nearest } from "../stats/neighbours.ts";
import { lostOnTest } from "./answers.ts";
import { fitOf, isDead, mean } from "./fit.ts";
import { lostOnTraining } from "./held-out-labels.ts";
import { many, percent } from "./say.ts";
import { type Cause, cleared, type Evidence, type Hearing, notApplicable, type Ruling } from "./types.ts";
import { featuresOf, type View } from "./view.ts";

/** Even splits: the second class gets at least 0.3 of what the first two get, and these two get nearly all. */
const SECOND = 0.3;
const PAIR = 0.8;
/** Models that are torn themselves, in place of being sure of different answers: of an even split's 1. */
const TORN = 0.45;
/** Images below which, and part of the test set below which, a few hard images are no cause. */
const FEWEST = { images: 20, part: 0.02 };
/** Part of the errors that lie on split images at the least. */
const ERRORS = 1 / 3;
/** Part of the split images that lie in a few pairs of classes, as many as a part of the classes: in one or two, or nearly all in a pair a class. */
const CONCENTRATED = [
  { ofClasses: 1 / 5, least: 0.6 },
  { ofClasses: 1 / 2, least: 0.85 },
];
/** Labels of truly ambiguous images are divided themselves: this part of them is not the pool's first choice. */
const DIVIDED = 0.3;
/** Part of these errors that an experiment may mend at most. */
const MOVED = 0.25;
/** Part from which on, where it is beyond chance, a better experiment may mend more: no proof that nothing does. */
const MOVED_SOME = { part: 0.08, level: 0.01 };
const NEIGHBOURS = 10;
/** Share of the less likely class, of the two likeliest: near an even split, and as wide a stretch on the way from certainty to there. */
const EVEN = { from: 0.35, to: 0.5 };
const HALF_WAY = { from: 0.1, to: 0.25 };
/** How many times as many must lie near an even split, and by how many standard errors more: a network that is too weak piles up a little. */
const PILE = { times: 1.25, errors: 3 };
/** Chance below which unseen training images are recognised better than test images. */
const UNLIKE = 0.05;

/** Images of which no one can say whether they show one class or another. Nothing mends it: that is the proof. */
export const ambiguity: Cause = {
  id: "ambiguity",
  family: "limits",
  tier: "capacity",
  masks:
    "Whether an image lies between two classes is asked of whole images; where pixels do, the errors at outlines show it.",
  table: "errors",
  separatedBy:
    "more images of the two classes, or labels of several people: where these agree, it was noise; where they do not, it is the images",

  screen(view) {
    const classes = view.classes.length;
    if (classes < 2 || view.tested.length === 0) return notApplicable("There are no two classes to tell apart.");
    if (isDead(fitOf(view))) return cleared("The models have learnt nothing; their doubts say nothing of the images.");
    const average = new Float32Array(view.test.length * classes);
    for (const { values } of view.tested)
      for (let i = 0; i < average.length; i++) average[i] += values[i] / view.tested.length;
    const split = splitImages(pairsOf(view, average));
    const found = summary(view, split);
    const evidence = evidenceOf(found, view.tested.length);
    if (split.length < FEWEST.images || found.part < FEWEST.part || found.errors < ERRORS)
      return cleared("Few test images are split between two classes, or errors lie elsewhere.", evidence);
    return {
      standing: "suspected",
      strength: Math.min(0.9, found.errors * found.concentrated),
      says: `The baselines split ${many(split.length, "test image")} (${percent(found.part)}) between two classes, mostly ${found.pairs}.`,
      evidence,
      rows: Int32Array.from(split, ({ i }) => view.test[i]),
    };
  },

  decide(view, suspicion, hearing) {
    if (suspicion.standing !== "suspected") return undefined;
    return rule(view, hearing);
  },

  remedy(view, suspicion) {
    if (suspicion.standing !== "suspected") return { says: "Nothing to do." };
    return {
      says: `No training mends it. Merge the classes, allow several labels for an image, or take better pictures; have several people label the ${many(suspicion.rows.length, "listed image")} to see how often they agree.`,
      files: Array.from(suspicion.rows.slice(0, 1000), (row) => view.samples.files[row]),
    };
  },
};

interface Split {
  /** Place in `view.test`. */
  i: number;
  first: number;
  second: number;
  /** Of the second class, of what the two get: 0.5 is an even split. */
  share: number;
}

/** Test images whose two likeliest classes get nearly all. @param values [test images, classes] */
function pairsOf(view: View, values: Float32Array): Split[] {
  const classes = view.classes.length;
  return Array.from(view.test, (_, i): Split & { both: number } => {
    const [first, second] = likeliest(values, i, classes);
    const [a, b] = [values[i * classes + first], values[i * classes + second]];
    return { i, first, second, share: b / (a + b), both: a + b };
  }).filter(({ both }) => both >= PAIR);
}

/** Those between two classes, the most even first. */
const splitImages = (pairs: Split[]): Split[] =>
  pairs.filter(({ share }) => share >= SECOND).sort((a, b) => b.share - a.share || a.i - b.i);

/**
 * How many test images lie near an even split, and how many half way to it. A model that is not sure yet of hard images thins out towards
 * the middle; images that lie between two classes pile up there.
 */
const pile = (pairs: Split[]): { even: number; halfWay: number } => ({
  even: pairs.filter(({ share }) => share >= EVEN.from && share <= EVEN.to).length,
  halfWay: pairs.filter(({ share }) => share >= HALF_WAY.from && share < HALF_WAY.to).length,
});

interface Found {
  images: number;
  part: number;
  /** Part of all errors on these images, and their own error rate. */
  errors: number;
  errorRate: number;
  concentrated: number;
  standsOut: boolean;
  pairs: string;
}

function summary(view: View, split: Split[]): Found {
  const total = view.testErrors.reduce((sum, error) => sum + error, 0);
  const own = split.map(({ i }) => view.testErrors[i]);
  const pairs = new Map<string, number>();
  for (const { first, second } of split) {
    const name = [first, second]
      .sort((a, b) => a - b)
      .map((k) => `"${view.classes[k]}"`)
      .join(" and ");
    pairs.set(name, (pairs.get(name) ?? 0) + 1);
  }
  const ranked = [...pairs].sort((a, b) => b[1] - a[1]);
  const few = CONCENTRATED.map(({ ofClasses, least }) => {
    const first = ranked.slice(0, Math.max(1, Math.floor(ofClasses * view.classes.length)));
    const part = first.reduce((sum, [, count]) => sum + count, 0) / Math.max(1, split.length);
    return { part, standsOut: part >= least, pairs: first.map(([name]) => name).join(", ") };
  });
  const { part: concentrated, standsOut, pairs: names } = few.find((each) => each.standsOut) ?? few[0];
  return {
    images: split.length,
    part: split.length / Math.max(1, view.test.length),
    errors: own.reduce((sum, error) => sum + error, 0) / Math.max(1e-9, total),
    errorRate: mean(own),
    concentrated,
    standsOut,
    pairs: names,
  };
}

const evidenceOf = ({ part, errors, images, concentrated, pairs }: Found, models: number): Evidence[] => [
  {
    measure: "test images split between two classes",
    value: part,
    reference: FEWEST.part,
    says: `${many(models, "model")} together split ${many(images, "test image")} (${percent(part)}) between two classes; ${percent(errors, 0)} of the errors lie there.`,
  },
  {
    measure: "splits within a few pairs of classes",
    value: concentrated,
    reference: CONCENTRATED[0].least,
    says: images === 0 ? "No pair of classes stands out." : `${percent(concentrated, 0)} of them are between ${pairs}.`,
  },
];

/** Confirmed where images pile up at an even split, each model is torn, neighbours and labels are divided, and no experiment moves it. */
function rule(view: View, { pool, quote, experiments, tried, open, undecided }: Hearing): Ruling {
  const pairs = pairsOf(view, pool.probabilities);
  const torn = splitImages(pairs).filter(({ i }) => pool.torn[i] >= TORN && pool.asked[i] > 0);
  const found = summary(view, torn);
  const neighbours = neighbourSplit(view, torn);
  const evidence = [...evidenceOf(found, pool.models)];
  const { even, halfWay } = pile(pairs);
  evidence.push({
    measure: "images near an even split over images half way to it",
    value: even / Math.max(1, halfWay),
    reference: PILE.times,
    says: `${many(even, "image")} ${even === 1 ? "lies" : "lie"} near an even split between two classes, ${many(halfWay, "image")} half way from certainty to there.`,
  });
  if (neighbours !== undefined)
    evidence.push({
      measure: "neighbours of the rarer of the two classes",
      value: neighbours,
      reference: 0.2,
      says: `Of the ${NEIGHBOURS} nearest training images of a split one ${percent(neighbours, 0)} are of the rarer of its two classes.`,
    });
  const moved = experiments.map((each) => ({ says: each.says, ...mended(view, torn, quote, each) }));
  for (const { says, part } of moved)
    evidence.push({
      measure: `errors on split images mended by ${says}`,
      value: part,
      reference: MOVED,
      says: `${says.charAt(0).toUpperCase()}${says.slice(1)} mends ${percent(part, 0)} of the errors on split images.`,
    });
  const rows = Int32Array.from(torn, ({ i }) => view.test[i]);
  const says = `${many(pool.models, "model")} split ${many(found.images, "test image")} (${percent(found.part)}) between two classes, mostly ${found.pairs}; ${percent(found.errors, 0)} of the errors lie there`;
  if (found.images < FEWEST.images || found.part < FEWEST.part || found.errors < ERRORS)
    return {
      verdict: "cleared",
      says: `${many(pool.models, "model")} together are torn on ${many(found.images, "test image")} (${percent(found.part)}); ${percent(found.errors, 0)} of the errors lie there.`,
      evidence,
      rows,
    };
  if (even < halfWay)
    return {
      verdict: "cleared",
      says: `${says}; but more images lie half way to an even split than near it: the models are not sure yet, the images are not undecided.`,
      evidence,
      rows,
    };
  const mover = moved.find(({ part }) => part > MOVED);
  if (mover)
    return {
      verdict: "refuted",
      says: `${says}; but ${mover.says} mends ${percent(mover.part, 0)} of them.`,
      evidence,
    };
  const doubts = [
    // Images that lie between classes do so in training and test alike.
    ...(lostOnTraining(view)?.isSome
      ? ["training labels are contradicted more often than test labels: models that learnt wrong ones are torn as well"]
      : []),
    ...(lostOnTest(view, fitOf(view)).pValue < UNLIKE
      ? ["unseen training images are recognised better than test images, which may be of another kind"]
      : []),
    ...(even < PILE.times * halfWay || even - halfWay < PILE.errors * Math.sqrt(even + halfWay)
      ? ["hardly more images lie near an even split than half way to it: a stronger network may tell them apart"]
      : []),
    ...(pool.models < 4 ? ["too few models were trained to judge"] : []),
    ...(found.errorRate < DIVIDED ? ["the test labels nearly all side with the pool"] : []),
    ...(!found.standsOut ? ["no pair of classes stands out"] : []),
    ...(neighbours !== undefined && neighbours < 0.2 ? ["their neighbours are of one class"] : []),
    ...open
      .filter(({ part }) => part > MOVED)
      .map(
        ({ cause, part }) =>
          `${cause} mended ${percent(part, 0)} of the errors while exploring and was not tested to the end`,
      ),
    ...undecided.map((cause) => `${cause} is there as well, and its experiments leave open what it costs`),
    ...moved
      .filter(({ part, pValue }) => part > MOVED_SOME.part && pValue < MOVED_SOME.level)
      .map(({ says: what, part }) => `${what} mends ${percent(part, 0)} of them, and others may mend more`),
    ...(tried === 0 ? ["no experiment tried to move it"] : []),
  ];
  if (doubts.length > 0)
    return { verdict: "suspected", says: `${says}. Open, since ${doubts.join(" and ")}.`, evidence, rows };
  const errors = view.testErrors.reduce((sum, error) => sum + error, 0);
  return {
    verdict: "confirmed",
    says: `${says}, their labels and their neighbours are divided as well, and no experiment moves it.`,
    evidence,
    rows,
    share: wilson(found.errors * errors, errors),
  };
}

/** Mean part of the rarer of the two classes among the neighbours that are of either; nothing where features are unknown. */
function neighbourSplit(view: View, split: Split[]): number | undefined {
  const { features } = view;
  if (!features || split.length === 0) return undefined;
  const known = new Set(features.rows);
  const pick = (rows: number[]) => ({ values: featuresOf(features, rows), width: features.width });
  const references = Array.from(view.train).filter((row) => known.has(row));
  const queries = split.filter(({ i }) => known.has(view.test[i]));
  if (references.length < 2 || queries.length === 0) return undefined;
  const { indices, k } = nearest(pick(queries.map(({ i }) => view.test[i])), pick(references), NEIGHBOURS);
  return mean(
    queries.map(({ first, second }, q) => {
      const labels = Array.from(indices.subarray(q * k, (q + 1) * k), (r) => view.samples.labels[references[r]]);
      const of = (wanted: number) => labels.filter((label) => label === wanted).length;
      const either = of(first) + of(second);
      return either === 0 ? 0 : Math.min(of(first), of(second)) / either;
    }),
  );
}

/**
 * Part of the errors on split images that an experiment took away, 0 where there were none, and the chance of that over these
 * images did it take none.
 */
function mended(
  view: View,
  split: Split[],
  quote: Int32Array,
  { before, after }: Hearing["experiments"][number],
): { part: number; pValue: number } {
  const rows = new Set(split.map(({ i }) => view.test[i]));
  const there = [...quote.keys()].filter((i) => rows.has(quote[i]));
  const gains = there.map((i) => before[i] - after[i]);
  const was = mean(there.map((i) => before[i]));
  return { part: was > 0 ? mean(gains) / was : 0, pValue: pairedPValue(gains) };
}
