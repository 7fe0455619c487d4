import type { CauseId, Interval, Verdict } from "../causes/types.ts";
import type { Finding, Report } from "./schema.ts";

/** What people call a cause. */
export const TITLES: Record<CauseId, string> = {
  leakage: "Leakage between splits",
  "preprocessing-mismatch": "Preprocessing mismatch",
  "learning-rate": "Learning rate",
  "training-length": "Training length",
  "loss-mismatch": "Loss mismatch",
  "label-noise": "Label noise",
  "coverage-gap": "Coverage gap",
  "class-imbalance": "Class imbalance",
  "destructive-augmentation": "Destructive augmentation",
  "spurious-correlation": "Spurious correlation",
  "image-quality": "Image quality",
  "position-sensitivity": "Position sensitivity",
  "viewpoint-occlusion": "Viewpoint and occlusion",
  "batch-size": "Batch size",
  underfit: "Underfitting",
  "architecture-choice": "Architecture choice",
  "task-mismatch": "Task mismatch",
  overfit: "Overfitting",
  regularization: "Regularization",
  "insufficient-data": "Insufficient data",
  ambiguity: "Ambiguity",
};

export const FAMILIES: Record<Finding["family"], string> = {
  "data-quality": "data quality",
  "data-quantity": "data quantity",
  optimisation: "optimisation",
  capacity: "capacity",
  limits: "limits of the task",
  task: "choice of task",
};

/** Word, sign that stands beside it (never colour alone), and what it means. */
export const VERDICT_WORDS: Record<Verdict, { word: string; sign: string; means: string }> = {
  confirmed: { word: "Confirmed", sign: "✔", means: "Putting it right lowers the errors, beyond its control." },
  present: { word: "Present", sign: "●", means: "It is there, but its cost in errors could not be measured." },
  suspected: { word: "Suspected", sign: "?", means: "There are signs of it; no experiment has settled it." },
  refuted: { word: "Refuted", sign: "✕", means: "Tested by retraining: putting it right gains nothing." },
  cleared: { word: "Cleared", sign: "○", means: "Screened: no sign of it." },
  "not-applicable": { word: "Not applicable", sign: "–", means: "It cannot occur with this subject." },
  "not-tested": { word: "Not tested", sign: "–", means: "Nothing is known about it from this audit." },
};

/** Sentences as a page shows them: figures stay with their sign, and ids of causes are said in words. */
export const prose = (text: string): string =>
  text.replace(/(\d) %/g, `$1${"\u00a0"}%`).replace(IDS, (id) => TITLES[id as CauseId].toLowerCase());

const IDS = new RegExp(
  `(?<![\\w./-])(?:${Object.keys(TITLES)
    .filter((id) => id.includes("-"))
    .join("|")})(?![\\w/-]|\\.\\w)`,
  "g",
);

/** What the arms of an experiment are called: some take away what is thought to help. */
export const armNames = ({ takesAway }: NonNullable<Finding["experiment"]>) =>
  takesAway ? { baseline: "Taken away", changed: "As it is" } : { baseline: "Baseline", changed: "Put right" };

/** The space in "12 %" does not break. */
const FIXED_SPACE = "\u00a0";

export const percent = (fraction: number, digits = 1): string => `${fixed(100 * fraction, digits)}${FIXED_SPACE}%`;

/** A difference between rates, with its sign: "+4.1 points". */
export const signedPoints = (fraction: number, digits = 1): string => {
  const text = fixed(100 * fraction, digits);
  return `${Number(text) > 0 ? "+" : ""}${text.replace("-", "−")}${FIXED_SPACE}points`;
};

/** "48 to 72 %" */
export const range = ({ low, high }: Interval, digits = 1): string =>
  `${fixed(100 * low, digits).replace("-", "−")}${FIXED_SPACE}to${FIXED_SPACE}${percent(high, digits).replace("-", "−")}`;

export const pointsRange = ({ low, high }: Interval, digits = 1): string =>
  `${fixed(100 * low, digits).replace("-", "−")}${FIXED_SPACE}to${FIXED_SPACE}${signedPoints(high, digits).replace("+", "")}`;

/** IoU, Dice and F-scores, 0..1. */
export const iou = (value: number): string => value.toFixed(2);
export const iouRange = ({ low, high }: Interval): string => `${iou(low)}${FIXED_SPACE}to${FIXED_SPACE}${iou(high)}`;
export const pixels = (value: number): string => many(Math.round(value), "pixel");

export const probability = (value: number): string => (value < 0.001 ? "below 0.001" : fixed(value, 3));

export const count = (value: number): string => value.toLocaleString("en-US");
export const many = (value: number, one: string, several = `${one}s`): string =>
  `${count(value)} ${value === 1 ? one : several}`;

/** A measured figure whose unit is in its name: four significant digits at the most. */
export const figure = (value: number): string =>
  Number.isInteger(value)
    ? count(value)
    : Number(value.toPrecision(3)).toLocaleString("en-US", { maximumSignificantDigits: 3 });

export const duration = (seconds: number): string => {
  if (seconds < 90) return many(Math.round(seconds), "second");
  if (seconds < 90 * 60) return many(Math.round(seconds / 60), "minute");
  return `${fixed(seconds / 3600, 1)} hours`;
};

/** Never "-0.0". */
const fixed = (value: number, digits: number): string => {
  const text = value.toFixed(digits);
  return Number(text) === 0 ? text.replace("-", "") : text;
};

/** What was asked about first: the causes with something to say, in the report's order. */
export const ofVerdict = (report: Report, ...verdicts: Verdict[]): Finding[] =>
  report.causes.filter(({ verdict }) => verdicts.includes(verdict));

/** The share that can be banked on: all confirmed fixes at once, or the only one there is. */
export function explained(report: Report): Interval | null {
  if (report.together) return report.together.share;
  const shares = ofVerdict(report, "confirmed").flatMap(({ share }) => (share ? [share] : []));
  return shares.length === 1 ? shares[0] : null;
}

/** What is to be known of a dataset that is larger than an audit; nothing of any other. */
export function beyondAudit({ dataset: { images, beyond, task } }: Report): string | undefined {
  if (!beyond) return undefined;
  const masks = task === "segmentation";
  const what = masks ? "masks" : "labels";
  const judged =
    beyond.judged === 0
      ? `Their ${what} could not be judged${masks ? ": no model that had not seen them is right often enough" : ""}.`
      : `The ${what} of ${count(beyond.judged)} of them were judged by a model that had not seen them: ${many(beyond.suspect, "is", "are")} suspect.`;
  return `Audited were ${count(images)} of ${count(images + beyond.images)} images, drawn at random within each class${masks ? " (of a mask the one that it shows most of)" : ""}. Nothing was trained or tested on the other ${count(beyond.images)}, so that training on all of them may mend a part of what is found here. ${judged}`;
}
