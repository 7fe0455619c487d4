import { deriveSeed, random } from "../random.ts";
import { findLabelIssues } from "../stats/label-issues.ts";
import { mean } from "./fit.ts";
import { many, percent } from "./say.ts";
import { type Cause, cleared, notApplicable } from "./types.ts";
import { argmax, type View } from "./view.ts";

/** A training image whose given label is doubted by models that never saw it. */
export interface Suspect {
  row: number;
  /** 0..1, low = bad. */
  score: number;
  given: number;
  suggested: number;
}

/** Wrong labels in training. Tested by leaving the suspects out; control: leaving out as many images of the same labels at random. */
export const labelNoise: Cause = {
  id: "label-noise",
  family: "data-quality",
  tier: "data",
  table: "label_issues",
  separatedBy: "leaving out suspects against leaving out as many at random: what only the first mends is the labels",

  screen(view) {
    if (!view.outOfFold) return notApplicable("There are no out-of-sample predictions of the training images.");
    const found = suspects(view);
    const rate = found.length / Math.max(1, view.outOfFold.rows.length);
    const { held, heldOut } = doubt(view);
    const disagreement = found.length === 0 ? 0 : mean(found.map(({ score }) => 1 - score));
    const evidence = [
      {
        measure: "share of training labels in doubt",
        value: rate,
        reference: 0.02,
        says: `Models that never saw them contradict the labels of ${many(found.length, "training image")} (${percent(rate)}).`,
      },
      {
        measure: "error on held-out training images beyond the error on test images",
        value: heldOut - held,
        reference: 0,
        says: `Against their given labels, held-out training images are wrong in ${percent(heldOut)} of cases, test images in ${percent(held)}.`,
      },
      {
        measure: "mean doubt of the suspects",
        value: disagreement,
        reference: 0.5,
        says: `The suspects' given labels get a quality score of ${(1 - disagreement).toFixed(2)} on average (1 = sound).`,
      },
    ];
    if (found.length < 5 || rate < 0.005) return cleared("Hardly any label is contradicted.", evidence);
    return {
      standing: "suspected",
      strength: Math.min(1, 0.2 + 2 * rate + 2 * Math.max(0, heldOut - held)),
      says: `${many(found.length, "training label")} (${percent(rate)}) ${found.length === 1 ? "is" : "are"} contradicted by models that never saw the image.`,
      evidence,
      rows: Int32Array.from(found, ({ row }) => row),
      // Labels that are right are not contradicted more often in training than in the test set, by so wide a margin.
      proven: rate >= 0.03 && heldOut - held > 0.5 * rate && heldOut - held > 0.03,
    };
  },

  interventions(_view, suspicion) {
    return [
      {
        id: "without the suspects",
        says: `training without the ${many(suspicion.rows.length, "suspect")}`,
        drop: suspicion.rows,
      },
    ];
  },

  control(view, suspicion, _chosen, { seed }) {
    return {
      id: "without as many at random",
      says: `training without ${many(suspicion.rows.length, "image")} of the same labels drawn at random`,
      drop: sameLabelsAtRandom(view, suspicion.rows, deriveSeed(seed, "label-noise control")),
    };
  },

  remedy(view, suspicion, outcome) {
    const files = Array.from(suspicion.rows.slice(0, 1000), (row) => view.samples.files[row]);
    if (files.length === 0) return { says: "Nothing to do." };
    return {
      says: `Look at the ${many(suspicion.rows.length, "suspect")}, worst first, and relabel them${outcome ? `: leaving them out alone took the test error from ${percent(outcome.baseline.value)} to ${percent(outcome.changed.value)}` : ""}. label_issues.csv holds the given and the suggested label of each.`,
      files,
    };
  },
};

/** Training images whose given label is in doubt, worst first. */
export function suspects(view: View): Suspect[] {
  if (!view.outOfFold) return [];
  const { rows, values } = view.outOfFold;
  const classes = view.classes.length;
  const given = rows.map((row) => view.samples.labels[row]);
  const issues = findLabelIssues(given, values, classes);
  return Array.from(rows.keys())
    .filter((i) => issues.isIssue[i])
    .map((i) => ({ row: rows[i], score: issues.score[i], given: given[i], suggested: argmax(values, i, classes) }))
    .sort((a, b) => a.score - b.score || a.row - b.row);
}

/** Error on test images, and on training images that were held out. */
function doubt(view: View): { held: number; heldOut: number } {
  const { rows, values } = view.outOfFold!;
  const classes = view.classes.length;
  let errors = 0;
  rows.forEach((row, i) => {
    if (argmax(values, i, classes) !== view.samples.labels[row]) errors++;
  });
  return { held: mean(view.testErrors), heldOut: errors / Math.max(1, rows.length) };
}

/** As many training rows of each label as `rows` has. */
function sameLabelsAtRandom(view: View, rows: Int32Array, seed: number): Int32Array {
  const chance = random(seed);
  const drop: number[] = [];
  for (let k = 0; k < view.classes.length; k++) {
    const wanted = rows.filter((row) => view.samples.labels[row] === k).length;
    drop.push(
      ...chance.sample(
        view.train.filter((row) => view.samples.labels[row] === k),
        wanted,
      ),
    );
  }
  return Int32Array.from(drop).sort();
}
