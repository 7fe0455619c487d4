import type { Recipe } from "../model/types.ts";
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

export const VERDICTS = ["confirmed", "present", "suspected", "refuted", "cleared", "not-applicable", "not-tested"] as const;
export type Verdict = (typeof VERDICTS)[number];

/** A figure with its 95 % interval. */
export interface Interval {
  value: number;
  low: number;
  high: number;
}

/** One measurement and what it was held against. `says` is a sentence for the report. */
export interface Evidence {
  measure: string;
  value: number;
  reference: number;
  says: string;
}
