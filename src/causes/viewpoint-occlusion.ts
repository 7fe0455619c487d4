import type { Augmentation } from "../model/types.ts";
import { type Effect, flips, isNovel, matters, surest } from "./answers.ts";
import { fitOf, isDead } from "./fit.ts";
import { augmented } from "./position-sensitivity.ts";
import { percent } from "./say.ts";
import { type Cause, cleared, notApplicable } from "./types.ts";
import type { View } from "./view.ts";

const KINDS = ["rotation", "scale", "occlusion"] as const;
type Kind = (typeof KINDS)[number];

const WORDS: Record<Kind, { done: string; id: string; augmentation: Augmentation }[]> = {
  rotation: [
    { done: "Turning", id: "rotations of up to 20 degrees", augmentation: { rotation: 20 } },
    { done: "Turning", id: "rotations of up to 45 degrees", augmentation: { rotation: 45 } },
  ],
  scale: [{ done: "Scaling", id: "zoom of up to 40 %", augmentation: { zoom: 0.4 } }],
  occlusion: [
    // Sides are drawn evenly up to the limit: at this one a quarter of the squares covers a quarter of the image or more.
    { done: "Covering", id: "squares of up to 70 % of the side that cover a part", augmentation: { erase: 0.7 } },
  ],
};

/** Where no copy tells what is new about the test images: what covers a part, or the camera's slant and distance, which change together. */
const UNKNOWN = [
  WORDS.occlusion[0],
  { id: "rotations of up to 45 degrees and zoom of up to 40 %", augmentation: { rotation: 45, zoom: 0.4 } },
  WORDS.scale[0],
];

interface Finding {
  kind: Kind;
  effect: Effect;
  wavering: number;
  mends: boolean;
}

/**
 * No notion of turned, nearer or half covered objects. Suspected where undoing such a change mends errors, or where test
 * images are of another kind than training's and no metadata say of which: what covers an object cannot be undone, and
 * covering one that is half covered already changes little, so there the experiment decides. Tested by augmentation of that
 * kind; control: augmentation by small shifts.
 */
export const viewpointOcclusion: Cause = {
  id: "viewpoint-occlusion",
  family: "capacity",
  tier: "data",
  masks: "Answers to turned and covered copies are compared for whole images only.",
  table: "errors",
  separatedBy:
    "held-out images of the views in question moved into training: what only they mend is coverage, what augmentation mends as well is not",

  screen(view) {
    if (!view.perturbed) return notApplicable("There is no model to show turned and covered images to.");
    const fit = fitOf(view);
    if (isDead(fit)) return cleared("The model has learnt nothing that turning an image could spoil.");
    const found = findings(view);
    const evidence = found.map(({ kind, effect, wavering }) => ({
      measure: `answers that change under ${kind}`,
      value: wavering,
      reference: 0.25,
      says: `Under ${kind} ${percent(wavering)} of the answers change; the surest of these copies mends ${effect.mended.length} wrong answers and breaks ${effect.broken.length} right ones.`,
    }));
    const [worst] = found;
    if (!worst.mends && !isNovel(view, fit))
      return cleared("Turning, scaling and covering test images shows nothing that explains errors.", evidence);
    return {
      standing: "suspected",
      strength: worst.mends ? Math.min(0.94, 0.6 + worst.effect.net) : 0.5,
      says: worst.mends
        ? `${WORDS[worst.kind][0].done} test images mends ${percent(worst.effect.net)} of them: training knows them otherwise.`
        : `Test images do far worse (${percent(fit.test)} right) than unseen training images (${percent(fit.outOfFold)}): they are of another kind, covered in part or seen otherwise.`,
      evidence,
      rows: worst.mends ? Int32Array.from(worst.effect.mended, (i) => view.perturbed!.rows[i]) : view.test,
    };
  },

  interventions(view) {
    const found = findings(view);
    const mending = found.filter(({ mends }) => mends);
    const words = mending.length > 0 ? mending.flatMap(({ kind }) => WORDS[kind]).slice(0, 3) : UNKNOWN;
    return words.map(({ id, augmentation }) => augmented(augmentation, id));
  },

  control() {
    return augmented({ shift: 0.08 }, "small shifts");
  },

  remedy(view, suspicion, outcome) {
    if (!outcome?.intervention.change || !view.recipe)
      return {
        says:
          suspicion.standing === "suspected"
            ? "Augment by what hurts (rotation, zoom, squares that cover a part), or collect images of these views; examples are listed."
            : "Nothing to do.",
      };
    return {
      says: `Augment by ${outcome.intervention.id}: test error ${percent(outcome.baseline.value)} became ${percent(outcome.changed.value)}.`,
      change: { fit: { augmentation: outcome.intervention.change(view.recipe).fit.augmentation } },
    };
  },
};

/** Each kind of change, the one that explains most errors first. */
function findings(view: View): Finding[] {
  const { perturbed } = view;
  if (!perturbed) return [];
  const errorRate = 1 - fitOf(view).test;
  return KINDS.map((kind): Finding => {
    const effect = surest(view, perturbed, kind);
    return {
      kind,
      effect,
      wavering: flips(perturbed, (variant) => variant.kind === kind),
      // An occlusion cannot be undone: what a covered copy mends is chance.
      mends: kind !== "occlusion" && matters(effect, errorRate),
    };
  }).sort((a, b) => Number(b.mends) - Number(a.mends) || b.effect.net - a.effect.net);
}
