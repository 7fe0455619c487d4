import { z } from "zod";
import { CAUSES, VERDICTS } from "../causes/types.ts";
import { type SPLITS, TASKS } from "../dataset/types.ts";
import { ENGINES } from "../engine/types.ts";
import type { Mask } from "../stats/mask.ts";
import { interval } from "./schema-interval.ts";
import { type maskFigures, segmentation } from "./schema-segmentation.ts";

/** report.json, `errata/report@1`. Change it only with a new schema name. Shares and rates are fractions, 0..1. */

const evidence = z.object({ measure: z.string(), value: z.number(), reference: z.number(), says: z.string() });

/** What was changed, trained and measured. Rates are over the quoting half of the test images and fresh seeds. */
const experiment = z.object({
  intervention: z.string(),
  /** It takes away what is thought to help: `baseline` is then the model without it, and `gain` what it brings. */
  takesAway: z.literal(true).optional(),
  control: z.string(),
  seeds: z.number().int(),
  /** Error rate of the baseline, of the changed one and of the control. */
  baseline: interval,
  changed: interval,
  controlled: interval.nullable(),
  /** Errors removed, as a fraction of the images judged, beyond the baseline. */
  gain: interval,
  /** The same beyond the control; of a kind of image that training lacks, on the images of that kind. */
  gainOverControl: interval.nullable(),
  /** One-sided, of both halves where exploring had nothing to choose; before and after Holm's correction for the number of causes tested. */
  pValue: z.number(),
  adjustedPValue: z.number(),
  /** Every arm that was tried, the losing ones too. */
  arms: z.array(
    z.object({
      intervention: z.string(),
      phase: z.enum(["explore", "confirm"]),
      seeds: z.number().int(),
      errorRate: z.number(),
      gain: z.number(),
    }),
  ),
});

const finding = z.object({
  cause: z.enum(CAUSES),
  family: z.enum(["data-quality", "data-quantity", "optimisation", "capacity", "limits", "task"]),
  verdict: z.enum(VERDICTS),
  /** Part of the baseline's errors that this cause explains; null where nothing was measured. */
  share: interval.nullable(),
  says: z.string(),
  evidence: z.array(evidence),
  experiment: experiment.optional(),
  /** Causes of the family that the experiments could not tell apart from this one, and what would. */
  indistinguishable: z.object({ from: z.array(z.enum(CAUSES)), separatedBy: z.string() }).optional(),
  remedy: z.object({ says: z.string(), files: z.array(z.string()).optional(), change: z.unknown().optional() }),
  /** Number of images concerned, the worst of them, and the table that lists all. */
  images: z.number().int(),
  examples: z.array(z.string()),
  table: z.enum(["errors", "label_issues", "duplicates", "slices"]).optional(),
});

const report = z.object({
  schema: z.literal("errata/report@1"),
  /** What happened, in one sentence. */
  says: z.string(),
  run: z.object({
    id: z.string(),
    seed: z.number().int(),
    engine: z.object({ name: z.enum(ENGINES), version: z.string() }),
    effort: z.enum(["quick", "standard", "thorough"]),
    seconds: z.number(),
  }),
  dataset: z.object({
    name: z.string(),
    digest: z.string(),
    task: z.enum(TASKS),
    classes: z.array(z.string()),
    images: z.number().int(),
    splits: z.object({ train: z.number().int(), validation: z.number().int(), test: z.number().int() }),
    splitsAre: z.enum(["given", "made"]),
    shape: z.object({ height: z.number().int(), width: z.number().int(), channels: z.number().int() }),
    rejected: z.array(z.object({ file: z.string(), problem: z.string() })),
    /** Of masks: side in pixels of the tiles that images were cut into. Each then counts as an image, here and everywhere. */
    tiles: z.number().int().optional(),
    /**
     * Of a dataset that is larger than an audit: the images that are not among the `images` above, how many of their labels, or masks,
     * were judged, and how many of these are suspect (the worst of them are in the table label_issues).
     */
    beyond: z.object({ images: z.number().int(), judged: z.number().int(), suspect: z.number().int() }).optional(),
  }),
  subject: z.object({
    kind: z.enum(["recipe", "model", "predictions"]),
    says: z.string(),
    parameters: z.number().int().optional(),
    recipe: z.unknown().optional(),
  }),
  baseline: z.object({
    says: z.string(),
    seeds: z.number().int(),
    /** Wrong images over all images. Of masks: one less the mean IoU of an image's foreground classes, averaged over images. */
    errorRate: interval,
    /** What counts images as right or wrong: of classification only, as are `perClass` and `confusion`. */
    accuracy: interval.optional(),
    balancedAccuracy: interval.optional(),
    macroF1: interval.optional(),
    ece: interval.optional(),
    /** Test images whose label every good model of the audit contradicts, and the accuracy on the others; nothing is dropped from any other figure. */
    suspectLabels: z.object({ images: z.number().int(), accuracyWithout: z.number() }).optional(),
    perClass: z
      .array(
        z.object({
          class: z.string(),
          recall: interval,
          precision: interval,
          train: z.number().int(),
          test: z.number().int(),
        }),
      )
      .optional(),
    /** Counts summed over seeds, [true][predicted]. */
    confusion: z.array(z.array(z.number())).optional(),
  }),
  segmentation: segmentation.optional(),
  /** Every cause, ranked. */
  causes: z.array(finding),
  /**
   * All confirmed fixes at once, on the quoting half with fresh seeds. `promise`: where the gain falls when the fixes are
   * applied anew and judged on as many other images and seeds; wider than the interval of the gain itself.
   */
  together: z
    .object({ says: z.string(), gain: interval, promise: interval, share: interval, errorRate: interval })
    .nullable(),
  unexplained: interval,
  /** What was left out; `cost`: training runs of the subject that its next experiment takes, where that is known. */
  notTested: z.array(z.object({ cause: z.enum(CAUSES), why: z.string(), cost: z.number().optional() })),
  /** Shards or training runs that failed for good. */
  missing: z.array(z.object({ stage: z.string(), item: z.string(), problem: z.string() })),
  cost: z.object({
    trainingRuns: z.number().int(),
    fromCache: z.number().int(),
    /** Images passed through training in all, over those of one training run of the subject: "times one training run". */
    timesOneRun: z.number(),
  }),
});

/** What counts images as right or wrong is of classification only; a report of masks has the block `segmentation` in its place. */
const OF_IMAGES = ["accuracy", "balancedAccuracy", "macroF1", "ece", "perClass", "confusion"] as const;

export const reportSchema = report.superRefine(({ dataset: { task }, baseline, segmentation: masks }, context) => {
  const lacks = (path: string[], message: string) => context.addIssue({ code: "custom", path, message });
  if (task === "segmentation" && !masks) lacks(["segmentation"], "a report of masks needs it");
  if (task === "classification")
    for (const field of OF_IMAGES)
      if (baseline[field] === undefined) lacks(["baseline", field], "a report of a classification needs it");
});

export type Report = z.infer<typeof reportSchema>;
type Baseline = Report["baseline"];
/** The baseline of a classification: nothing of it is left out. */
export type ClassificationBaseline = Baseline & Required<Pick<Baseline, (typeof OF_IMAGES)[number]>>;

/** The baseline where the task is classification. */
export const classificationOf = ({ dataset, baseline }: Pick<Report, "dataset" | "baseline">) =>
  dataset.task === "classification" ? (baseline as ClassificationBaseline) : undefined;

export type Finding = Report["causes"][number];
export type Segmentation = NonNullable<Report["segmentation"]>;
export type MaskFigures = z.infer<typeof maskFigures>;
export type MaskedImage = Segmentation["worst"][number];

/** One test image that the baseline gets wrong at least once; one column a cause. */
export interface ErrorRow {
  file: string;
  split: (typeof SPLITS)[number];
  /** Of classification: the label, what is predicted, and the probability given to the label, averaged over seeds. */
  label?: string;
  predicted?: string;
  probability?: number;
  /** Fraction of the seeds that get it wrong; of a mask 1 - IoU, a seed's mean. */
  errorRate: number;
  /** Of masks. */
  mask?: Omit<MaskedImage, "file">;
  /** How evenly all models of the audit together are split between two classes, 0..1: 1 where both are as likely. */
  ambiguity?: number;
  /** For each confirmed or present cause: by how much its fix lowers this image's error rate, or 1 where the cause points at it. */
  causes: Record<string, number>;
}

/** cleanlab's column names. */
export interface LabelIssueRow {
  file: string;
  split: (typeof SPLITS)[number];
  is_label_issue: boolean;
  /** 0..1, low = bad. */
  label_score: number;
  /** Of masks: of the worst region; empty where no region is held against the mask. */
  given_label: string;
  predicted_label: string;
  /** Of masks: "top,left,bottom,right" of the worst region, half-open, pixels at the model's size; empty where there is none. */
  region?: string;
}

export interface DuplicateRow {
  file: string;
  split: (typeof SPLITS)[number];
  label: string;
  duplicate_of: string;
  duplicate_split: (typeof SPLITS)[number];
  duplicate_label: string;
  kind: "exact" | "near";
}

export interface SliceRow {
  slice: string;
  train: number;
  test: number;
  errorRate: number;
  /** Error rate of the test images outside the slice. */
  elsewhere: number;
}

/** One image's masks at the model's size, as the page draws them. */
export interface ShownMasks {
  truth: Mask;
  /** By the baseline's first seed. Absent, and `errors` with it, of training images: no model is kept that had not seen them. */
  predicted?: Mask;
  /** With all confirmed fixes. */
  after?: Mask;
  /** Kind of error of each pixel, [height, width], as `splitErrors` numbers them. */
  errors?: Uint8Array;
}

/** Everything that the pages and tables are made from. */
export interface ReportBundle {
  report: Report;
  curves: {
    name: string;
    seed: number;
    points: { epoch: number; loss: number; accuracy: number; validationLoss?: number; validationAccuracy?: number }[];
  }[];
  /** Test error against the number of training images; `predicted` points are extrapolated. */
  learningCurve: { images: number; errorRate: z.infer<typeof interval>; predicted: boolean }[];
  tables: { errors: ErrorRow[]; label_issues: LabelIssueRow[]; duplicates: DuplicateRow[]; slices: SliceRow[] };
  /** Thumbnails (WebP, PNG or JPEG) of the images that the page shows, by file. */
  thumbnails: Record<string, Uint8Array>;
  /** Masks of the worst test images and of the images whose masks are most in doubt, by file. */
  masks?: Record<string, ShownMasks>;
}
