import { deriveSeed, random } from "../random.ts";
import { fitOf, isDead, mean } from "./fit.ts";
import { contradicted, emptyMasks, lostOnTraining, wrongLabels } from "./held-out-labels.ts";
import { picturesOfTwoLabels, suspects } from "./label-suspects.ts";
import { many, percent } from "./say.ts";
import { type Cause, cleared, notApplicable } from "./types.ts";
import { ofMasks, type View } from "./view.ts";

/** Wrong labels in training. Tested by leaving the suspects out; control: leaving out as many images of the same labels at random. */
export const labelNoise: Cause = {
  id: "label-noise",
  family: "data-quality",
  tier: "data",
  masks: true,
  table: "label_issues",
  separatedBy: "leaving out suspects against leaving out as many at random: what only the first mends is the labels",

  screen(view) {
    if (!view.outOfFold) return notApplicable("There are no out-of-sample predictions of the training images.");
    const undrawn = emptyMasks(view);
    const twice = ofMasks(view) ? [] : picturesOfTwoLabels(view);
    const unlike = lostOnTraining(view);
    // A model that is often wrong doubts more labels than are wrong.
    const found = suspects(view, twice).slice(0, wrongLabels(view, unlike));
    const rate = found.length / Math.max(1, view.outOfFold.rows.length);
    const { test, training, isBeyondDoubt } = contradicted(view);
    const disagreement = found.length === 0 ? 0 : mean(found.map(({ score }) => 1 - score));
    const evidence = [
      {
        measure: "share of training labels in doubt",
        value: rate,
        reference: 0.02,
        says: `Models that never saw them contradict the labels of ${many(found.length, "training image")} (${percent(rate)}).${view.masks?.asGiven ? " The predictions are masks without probabilities: where the model was in doubt it counts as if it were sure." : ""}`,
      },
      {
        measure: "labels contradicted with confidence",
        value: training,
        reference: test,
        says: ofMasks(view)
          ? `As much as a small object speaks against ${percent(training)} of the held-out training masks; of the test masks it is ${percent(test)}.`
          : `Another class is all but certain for ${percent(training)} of the held-out training images; among the test images it is ${percent(test)}.`,
      },
      {
        measure: "mean doubt of the suspects",
        value: disagreement,
        reference: 0.5,
        says: `The suspects' given labels get a quality score of ${(1 - disagreement).toFixed(2)} on average (1 = sound).`,
      },
      ...(undrawn
        ? [
            {
              measure: "training masks that show nothing",
              value: undrawn.training,
              reference: undrawn.test,
              says: `${percent(undrawn.training)} of the training masks show nothing but background; of the test masks it is ${percent(undrawn.test)}.`,
            },
          ]
        : []),
      ...(twice.length > 0
        ? [
            {
              measure: "training pictures with two labels",
              value: twice.length,
              reference: 0,
              says: `${many(twice.length, "picture")} ${twice.length === 1 ? "is" : "are"} in training more than once, pixel for pixel, with different labels.`,
            },
          ]
        : []),
      ...(unlike
        ? [
            {
              measure: "accuracy lost on held-out training images",
              value: unlike.test - unlike.training,
              reference: unlike.mark,
              says: ofMasks(view)
                ? `The mean IoU is ${unlike.training.toFixed(2)} on training images that models never saw, and ${unlike.test.toFixed(2)} on test images.`
                : `Models agree with ${percent(unlike.training)} of the labels of training images that they never saw, and with ${percent(unlike.test)} of those of test images.`,
            },
          ]
        : []),
    ];
    if (undrawn && isDead(fitOf(view)))
      return {
        standing: "suspected",
        strength: 0.7,
        says: `${many(undrawn.rows.length, "training mask")} (${percent(undrawn.training)}) show nothing but background, of the test masks ${percent(undrawn.test)}: objects may not have been drawn.`,
        evidence,
        rows: undrawn.rows,
        settles: true,
      };
    if (found.length < 5 || rate < 0.005) return cleared("Hardly any label is contradicted.", evidence);
    if (ofMasks(view) && training <= 1.5 * test && !unlike?.isLost)
      return cleared(
        "Masks of training and test are contradicted alike: it is the model that is wrong there.",
        evidence,
      );
    return {
      standing: "suspected",
      strength: Math.min(1, 0.2 + rate + 4 * Math.max(0, training - test) + (unlike?.isLost ? 0.3 : 0)),
      says: `${many(found.length, "training label")} (${percent(rate)}) ${found.length === 1 ? "is" : "are"} contradicted by models that never saw the image.`,
      evidence,
      rows: Int32Array.from(found, ({ row }) => row),
      proven: isBeyondDoubt || unlike?.isLost === true || twice.length > TWICE * view.train.length,
    };
  },

  interventions(view, suspicion) {
    return [
      {
        id: "without the suspects",
        says: `training without the ${many(suspicion.rows.length, "suspect")}`,
        drop: suspicion.rows,
        // A second opinion is an answer to the whole image.
        ...(ofMasks(view) ? {} : { judge: suspicion.rows }),
      },
    ];
  },

  control(view, suspicion, _chosen, { seed }) {
    return {
      id: "without as many at random",
      says: `training without ${many(suspicion.rows.length, "image")}${ofMasks(view) ? "" : " of the same labels"} drawn at random`,
      drop: atRandom(view, suspicion.rows, deriveSeed(seed, "label-noise control")),
    };
  },

  remedy(view, suspicion, outcome) {
    const files = Array.from(suspicion.rows.slice(0, 1000), (row) => view.samples.files[row]);
    if (files.length === 0) return { says: "Nothing to do." };
    return {
      says: `Look at the ${many(suspicion.rows.length, "suspect")}, worst first, and relabel them${outcome ? `: leaving them out alone took the test error from ${percent(outcome.baseline.value)} to ${percent(outcome.changed.value)}` : ""}. label_issues.csv holds the given and the suggested ${ofMasks(view) ? "class of the worst region" : "label"} of each.`,
      files,
    };
  },
};

/** Part of the training images from which on pictures with two labels are beyond doubt a fault of the labels. */
const TWICE = 0.02;

/** As many training rows as `rows` has: of each label, or of masks of them all, since a mask that is wrong is so in what it shows. */
const atRandom = (view: View, rows: Int32Array, seed: number): Int32Array =>
  ofMasks(view)
    ? Int32Array.from(random(seed).sample(view.train, rows.length)).sort()
    : sameLabelsAtRandom(view, rows, seed);

/** As many training rows of each label as `rows` has. */
export function sameLabelsAtRandom(view: View, rows: Int32Array, seed: number): Int32Array {
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
