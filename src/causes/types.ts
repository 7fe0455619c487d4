import type { Recipe } from "../model/types.ts";
import type { Interval } from "../stats/intervals.ts";
import type { View } from "./view.ts";

export const CAUSES = [
  "leakage",
  "preprocessing-mismatch",
  "learning-rate",
  "training-length",
  "loss-mismatch",
  "label-noise",
  "coverage-gap",
  "class-imbalance",
  "destructive-augmentation",
  "spurious-correlation",
  "image-quality",
  "position-sensitivity",
  "viewpoint-occlusion",
  "batch-size",
  "underfit",
  "architecture-choice",
  "task-mismatch",
  "overfit",
  "regularization",
  "insufficient-data",
  "ambiguity",
] as const;
export type CauseId = (typeof CAUSES)[number];

export type Family = "data-quality" | "data-quantity" | "optimisation" | "capacity" | "limits" | "task";

export const VERDICTS = [
  "confirmed",
  "present",
  "suspected",
  "refuted",
  "cleared",
  "not-applicable",
  "not-tested",
] as const;
export type Verdict = (typeof VERDICTS)[number];

export type { Interval };

/** One measurement and what it was held against. `says` is a sentence for the report. */
export interface Evidence {
  measure: string;
  value: number;
  reference: number;
  says: string;
}

/** What cheap measurements say before anything is retrained. */
export interface Suspicion {
  standing: "suspected" | "cleared" | "not-applicable";
  /** 0..1: the order in which suspicions are tested. */
  strength: number;
  says: string;
  evidence: Evidence[];
  /** Rows of the images concerned, worst first. */
  rows: Int32Array;
  /** It is there beyond doubt, whatever it costs: an experiment without gain makes it `present`, not `refuted`. */
  proven?: boolean;
  /** As `Cause.settles`, where what was seen here says so and not the kind of cause. */
  settles?: true;
  /** Why no other cause can be tested before this one is put right. */
  blocks?: string;
}

/** All models that an audit trained as one judge of the test images. Only those count that do as well as the better ones. */
export interface Pool {
  models: number;
  /** Mean probabilities by models that were not trained on the image, [test images, classes]. */
  probabilities: Float32Array;
  /** Part of these models that give the pool's own answer, [test images]. */
  agreement: Float32Array;
  /** How many they are, [test images]. */
  asked: Int32Array;
  /** Mean over the models of how evenly each is torn between the pool's two likeliest classes, 0..1, [test images]. */
  torn: Float32Array;
}

/** What the end of an audit knows, for causes that no retraining proves. */
export interface Hearing {
  pool: Pool;
  /** Test rows that claims are quoted from. */
  quote: Int32Array;
  /** Experiments that moved errors, with error rates on the rows of `quote`. */
  experiments: { says: string; before: Float32Array; after: Float32Array }[];
  /** How many causes were put to an experiment at all, the exploring ones that gained nothing among them. */
  tried: number;
  /** Experiments that mended a part of the errors while exploring and were not taken to their end. */
  open: { cause: CauseId; part: number }[];
  /** Faults that are there beyond doubt, whose experiments gained something, though not beyond chance and the correction. */
  undecided: CauseId[];
}

/** A verdict that needs no retraining. */
export interface Ruling {
  verdict: Verdict;
  says: string;
  share?: Interval;
  evidence?: Evidence[];
  rows?: Int32Array;
}

/** One thing changed. Rows index the dataset's samples. */
export interface Intervention {
  id: string;
  /** What was done, as a noun phrase: "training without the 312 suspects". */
  says: string;
  /** Training rows to leave out. */
  drop?: Int32Array;
  /** Part of each class's training rows to train on, drawn anew for every seed: one draw may be a lucky one. */
  part?: number;
  /** Rows left out that the trained models are to judge: a second opinion by models that never saw them. */
  judge?: Int32Array;
  /** Held-out rows to train on as well; they are never judged again. */
  move?: Int32Array;
  /** The recipe with one thing changed. A function, so that several confirmed changes can be applied together. */
  change?(recipe: Recipe): Recipe;
  /** It takes something away that is thought to help (half of the images): what it loses is the gain. */
  takesAway?: true;
}

/** What an intervention may be made from, beside the view. */
export interface Bench {
  /** The recipe as it stands after what was put right before. */
  recipe: Recipe;
  /** Held-out rows that may be moved into training: they are not judged in this comparison. */
  movable: Int32Array;
  /** Seed for random choices, such as the control's. */
  seed: number;
}

/** A confirmed, refuted or untested experiment, as the remedy's words need it. */
export interface Outcome {
  intervention: Intervention;
  baseline: Interval;
  changed: Interval;
  gain: Interval;
}

export interface Remedy {
  says: string;
  files?: string[];
  /** The lines of the recipe to change. */
  change?: unknown;
}

/**
 * Causes are tested in this order, each tier on top of what the earlier ones put right: training that has not converged
 * makes every change look good, and wrong data look like overfitting.
 */
export const TIERS = ["training", "data", "capacity"] as const;
export type Tier = (typeof TIERS)[number];

/** One cause of error: one file, this shape. Pure: no files, no network, no tensors. */
export interface Cause {
  id: CauseId;
  family: Family;
  tier: Tier;
  /** It may be why training does not settle: it is tested with the training causes where one of these is suspected or training is dead. */
  settles?: true;
  /** It makes the measured error itself wrong: confirmed, it is told before all others. */
  distortsMeasure?: true;
  /** Rows of the report's table that lists this cause's images. */
  table?: "errors" | "label_issues" | "duplicates" | "slices";
  /** It holds of masks as well; or why it does not, in a sentence. */
  masks?: true | string;
  screen(view: View): Suspicion;
  /** Variants of the fix. The best one on the exploring half is confirmed on the other half with fresh seeds. */
  interventions?(view: View, suspicion: Suspicion, bench: Bench): Intervention[];
  /** The same change of size without the idea behind it. Without one, baselines on other seeds are the control. */
  control?(view: View, suspicion: Suspicion, chosen: Intervention, bench: Bench): Intervention | undefined;
  /**
   * The fix is for the images concerned, and its control mends others: it must beat its control on these images, where what the
   * two do differs, and not fall behind it over all.
   */
  controlledOnItsImages?: true;
  /** A proof of its own where no retraining gives one; nothing where the experiments decide. */
  decide?(view: View, suspicion: Suspicion, hearing: Hearing): Ruling | undefined;
  remedy(view: View, suspicion: Suspicion, outcome?: Outcome): Remedy;
  /** What would tell it from its look-alikes. */
  separatedBy?: string;
}

export const cleared = (says: string, evidence: Evidence[] = []): Suspicion => ({
  standing: "cleared",
  strength: 0,
  says,
  evidence,
  rows: new Int32Array(0),
});

/** A suspicion for these reasons, as `(strength, says)`. */
export const suspecting =
  (evidence: Evidence[], rows: Int32Array) =>
  (strength: number, says: string): Suspicion => ({ standing: "suspected", strength, says, evidence, rows });

export const notApplicable = (says: string): Suspicion => ({ ...cleared(says), standing: "not-applicable" });
