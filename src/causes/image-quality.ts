import { deriveSeed } from "../random.ts";
import { moreThan } from "../stats/proportions.ts";
import { type Bad, badImages, KINDS } from "./bad-images.ts";
import { mean } from "./fit.ts";
import { sameLabelsAtRandom } from "./label-noise.ts";
import { many, percent } from "./say.ts";
import { type Cause, cleared, notApplicable } from "./types.ts";
import { ofMasks, type View } from "./view.ts";

/** Level at which training images are worse than test images. */
const BEYOND_CHANCE = 0.01;
/** Part of the training images above which they are of another kind as a whole, not bad ones among good ones. */
const ALL_BUT = 0.8;

/** Images too blurred, noisy, dark or faint to learn from. Tested by leaving them out; control: as many of the same labels at random. */
export const imageQuality: Cause = {
  id: "image-quality",
  family: "data-quality",
  tier: "data",
  masks: true,
  table: "errors",
  separatedBy:
    "leaving out the bad images against leaving out as many at random: what only the first mends is their quality",

  screen(view) {
    const { measures } = view.samples;
    if (!measures) return notApplicable("Nothing was measured of the images by themselves.");
    const bad = badImages(view);
    const inTrain = ofSplit(view, bad, "train");
    const inTest = ofSplit(view, bad, "test");
    const badRows = new Set(bad.map(({ row }) => row));
    const errors = (inside: boolean) =>
      mean(Array.from(view.testErrors).filter((_, i) => badRows.has(view.test[i]) === inside));
    const kinds = KINDS.map((says) => ({ says, count: bad.filter((each) => each.says === says).length }))
      .filter(({ count }) => count > 0)
      .sort((a, b) => b.count - a.count);
    const evidence = [
      {
        measure: "share of bad training images",
        value: inTrain.length / Math.max(1, view.train.length),
        reference: 0.01,
        says: `${many(inTrain.length, "training image")} and ${many(inTest.length, "test image")} are far off their own class${kinds.length > 0 ? `: ${kinds.map(({ says, count }) => `${count} ${says}`).join(", ")}` : ""}.`,
      },
      ...(inTest.length >= 5
        ? [
            {
              measure: "error rate of bad test images",
              value: errors(true),
              reference: errors(false),
              says: ofMasks(view)
                ? `On bad test images ${percent(errors(true))} of the IoU is lost, on the others ${percent(errors(false))}.`
                : `${percent(errors(true))} of the bad test images are wrong, of the others ${percent(errors(false))}.`,
            },
          ]
        : []),
    ];
    if (inTrain.length < 5 || inTrain.length < 0.01 * view.train.length)
      return cleared("Hardly any training image is worse than its class.", evidence);
    if (inTrain.length > ALL_BUT * view.train.length)
      return cleared(
        "Training images as a whole are of another kind than test images: that is not their quality.",
        evidence,
      );
    // What the test holds as often the model has to be good at: another kind of image, such as one more microscope, not a bad one.
    const isMoreThanInTest =
      moreThan(
        { share: inTrain.length / view.train.length, count: view.train.length },
        { share: inTest.length / Math.max(1, view.test.length), count: view.test.length },
      ) < BEYOND_CHANCE;
    return {
      standing: "suspected",
      strength: Math.min(0.8, 0.4 + (2 * inTrain.length) / view.train.length),
      says: `${many(inTrain.length, "training image")} (${percent(inTrain.length / view.train.length)}) ${inTrain.length === 1 ? "is" : "are"} far worse than the others of the class: ${kinds.map(({ says, count }) => `${count} ${says}`).join(", ")}.`,
      evidence,
      rows: Int32Array.from(inTrain, ({ row }) => row),
      proven: isMoreThanInTest,
    };
  },

  interventions(_view, suspicion) {
    return [
      {
        id: "without the bad images",
        says: `training without the ${many(suspicion.rows.length, "bad image")}`,
        drop: suspicion.rows,
      },
    ];
  },

  control(view, suspicion, _chosen, { seed }) {
    return {
      id: "without as many at random",
      says: `training without ${many(suspicion.rows.length, "image")} of the same labels drawn at random`,
      drop: sameLabelsAtRandom(view, suspicion.rows, deriveSeed(seed, "image-quality control")),
    };
  },

  remedy(view, suspicion, outcome) {
    if (suspicion.standing !== "suspected") return { says: "Nothing to do." };
    return {
      says: `Look at the ${many(suspicion.rows.length, "listed image")}, the worst first, and take them again or leave them out${outcome ? `: leaving them out took the test error from ${percent(outcome.baseline.value)} to ${percent(outcome.changed.value)}` : ""}.`,
      files: Array.from(suspicion.rows.slice(0, 1000), (row) => view.samples.files[row]),
    };
  },
};

const ofSplit = (view: View, bad: Bad[], split: "train" | "test"): Bad[] =>
  bad.filter(({ row }) => view.samples.splits[row] === split);
