import type { Attribution } from "../audit/attribution.ts";
import { contradictedLabels } from "../audit/pool.ts";
import type { Proof } from "../audit/prove.ts";
import type { Trial } from "../audit/trial.ts";
import type { Judgement } from "../audit/verdicts.ts";
import { percent, points } from "../causes/say.ts";
import type { Remedy, Verdict } from "../causes/types.ts";
import { countsByClass, type View } from "../causes/view.ts";
import { deriveSeed } from "../random.ts";
import { type Arm, compareArms } from "../stats/arms.ts";
import { type MeasuredMetrics, measure } from "../stats/metrics.ts";
import type { Finding, Report, Segmentation } from "./schema.ts";

/** What the report says beyond what the audit found: names, counts, costs. */
export interface Circumstances {
  run: Report["run"];
  dataset: Pick<Report["dataset"], "name" | "digest" | "splitsAre" | "rejected" | "tiles" | "beyond">;
  subject: Report["subject"];
  missing: Report["missing"];
  cost: Report["cost"];
  /** Of masks only. `errors`: 1 - IoU of each test image, in the order of `view.test`, one array a baseline's seed. */
  segmentation?: { figures: Segmentation; errors: Arm };
}

/** Examples shown for each cause. */
const EXAMPLES = 24;

/** Puts the audit's findings into the shape of report.json. */
export function assembleReport(
  view: View,
  judged: { ranked: Judgement[]; attribution?: Attribution },
  proof: Proof | undefined,
  about: Circumstances,
): Report {
  const { segmentation } = about;
  const baseline = segmentation ? masksBaseline(segmentation, proof) : imagesBaseline(view, proof);
  const causes = judged.ranked.map((judgement) => finding(judgement, view));
  const { attribution } = judged;
  const together = proof?.together && attribution?.together ? togetherOf(proof, attribution) : null;
  return {
    schema: "errata/report@1",
    says: headline(causes, baseline, together, proof, view, segmentation?.figures),
    run: about.run,
    dataset: {
      ...about.dataset,
      task: segmentation ? "segmentation" : "classification",
      classes: view.classes,
      images: view.samples.files.length,
      splits: { train: view.train.length, validation: view.validation.length, test: view.test.length },
      shape: { ...view.shape },
    },
    subject: about.subject,
    baseline,
    ...(segmentation ? { segmentation: segmentation.figures } : {}),
    causes,
    together,
    unexplained: attribution?.unexplained ?? { value: 1, low: 0, high: 1 },
    notTested: causes
      .filter(({ verdict }) => verdict === "not-tested" || verdict === "suspected")
      .map(({ cause, says }) => ({ cause, why: says, ...costOf(judged.ranked, cause) })),
    missing: about.missing,
    cost: about.cost,
  };
}

function finding({ cause, verdict, share, says, suspicion, trial, indistinguishable }: Judgement, view: View): Finding {
  const comparison = trial?.comparison;
  const chosen = trial?.chosen;
  const outcome =
    comparison && chosen && verdict === "confirmed"
      ? { intervention: chosen, baseline: comparison.baseline, changed: comparison.changed, gain: comparison.gain }
      : undefined;
  const remedy = withoutWhatFailed(cause.remedy(view, suspicion, outcome), verdict, trial);
  return {
    cause: cause.id,
    family: cause.family,
    verdict,
    share,
    says,
    evidence: suspicion.evidence.filter(({ value, reference }) => Number.isFinite(value) && Number.isFinite(reference)),
    ...(trial && comparison && chosen
      ? {
          experiment: {
            intervention: chosen.says,
            ...(chosen.takesAway ? { takesAway: true as const } : {}),
            control: trial.control?.says ?? "the same recipe and data with other seeds",
            seeds: Math.max(...trial.tried.map(({ seeds }) => seeds)),
            baseline: comparison.baseline,
            changed: comparison.changed,
            controlled: comparison.controlled ?? null,
            gain: comparison.gain,
            gainOverControl: comparison.gainOverControl ?? null,
            pValue: comparison.pValue,
            adjustedPValue: trial.adjustedPValue ?? 1,
            arms: trial.tried.map(({ intervention, phase, seeds, errorRate, gain }) => ({
              intervention: intervention.id,
              phase,
              seeds,
              errorRate,
              gain,
            })),
          },
        }
      : {}),
    ...(indistinguishable ? { indistinguishable } : {}),
    remedy,
    images: suspicion.rows.length,
    examples: Array.from(suspicion.rows.slice(0, EXAMPLES), (row) => view.samples.files[row]),
    ...(cause.table ? { table: cause.table } : {}),
  };
}

/** What is there but was not bettered by what was tried is put right in another way: a change that gained nothing is not advised. */
function withoutWhatFailed({ change, ...remedy }: Remedy, verdict: Verdict, trial?: Trial): Remedy {
  const all = trial?.tried ?? [];
  const tried =
    all.findLast(({ intervention }) => intervention.id === trial?.chosen?.id) ??
    all.toSorted((a, b) => b.gain - a.gain).at(0);
  if (verdict !== "present" || !tried || tried.gain > 0) return { ...remedy, ...(change !== undefined && { change }) };
  return { ...remedy, says: `${remedy.says} Tried here, ${tried.intervention.says} gained nothing.` };
}

/** What testing a cause that was left out takes. */
function costOf(ranked: Judgement[], id: Finding["cause"]): { cost?: number } {
  const trial = ranked.find(({ cause }) => cause.id === id)?.trial;
  return trial?.cost !== undefined && !trial.comparison ? { cost: Number(trial.cost.toFixed(1)) } : {};
}

function togetherOf(proof: Proof, attribution: Attribution): Report["together"] {
  const { comparison, causes } = proof.together!;
  const { promise } = comparison;
  const { gain, share } = attribution.together!;
  return {
    says: `Putting right ${causes.join(" and ")} takes the error rate from ${percent(comparison.baseline.value)} to ${percent(comparison.changed.value)}, measured on test images and seeds that nothing was chosen on. On other images and seeds expect a gain of ${points(promise.low)} to ${points(promise.high)} (95 %).`,
    gain,
    promise,
    share,
    errorRate: comparison.changed,
  };
}

const NOT_LEARNT = "The baseline did not learn: what it gets right is hardly more than guessing.";

function masksBaseline(
  { figures, errors }: NonNullable<Circumstances["segmentation"]>,
  proof: Proof | undefined,
): Report["baseline"] {
  const { foregroundIou, objects } = figures;
  const share = (part: number) => percent(objects.true > 0 ? part / objects.true : 0, 0);
  return {
    says: proof?.dead
      ? NOT_LEARNT
      : `The masks overlap the truth with a foreground IoU of ${foregroundIou.value.toFixed(2)}; ${share(objects.missed)} of the objects are missed and ${share(objects.wrongClass)} are taken for another class.`,
    seeds: errors.length,
    errorRate: compareArms({ baseline: errors, changed: errors }, { pool: [errors] }).baseline,
  };
}

function imagesBaseline(view: View, proof: Proof | undefined): Report["baseline"] {
  const metrics: MeasuredMetrics = measure(
    view.tested.map(({ values }) => values),
    Array.from(view.test, (row) => view.samples.labels[row]),
    view.classes.length,
    { seed: deriveSeed(view.seed, "metrics") },
  );
  const classes = view.classes.length;
  const train = countsByClass(view.train, view.samples.labels, classes);
  const { accuracy, errorRate, balancedAccuracy, macroF1, ece } = metrics;
  const suspect = suspectLabels(view, proof);
  const finite = (interval: { value: number; low: number; high: number }) =>
    Number.isFinite(interval.value) ? interval : { value: 0, low: 0, high: 1 };
  return {
    says: proof?.dead
      ? NOT_LEARNT
      : `${percent(accuracy.value)} of the test images are recognised${suspect ? `; ${percent(suspect.accuracyWithout)} without the ${suspect.images.toLocaleString("en-US")} whose label every good model of this audit contradicts` : ""}.`,
    seeds: view.tested.length,
    accuracy,
    errorRate,
    balancedAccuracy,
    macroF1,
    ece,
    ...(suspect ? { suspectLabels: suspect } : {}),
    perClass: metrics.perClass.map(({ images, recall, precision }, k) => ({
      class: view.classes[k],
      recall: finite(recall),
      precision: finite(precision),
      train: train[k],
      test: images,
    })),
    confusion: Array.from({ length: classes }, (_, k) =>
      Array.from(metrics.confusion.slice(k * classes, (k + 1) * classes), (cell) =>
        Math.round(cell * view.tested.length),
      ),
    ),
  };
}

/** Both figures where test labels are suspect: no image is dropped to make one better. */
function suspectLabels(view: View, proof: Proof | undefined): Report["baseline"]["suspectLabels"] {
  if (!proof || proof.pool.models <= view.tested.length) return undefined;
  const suspect = contradictedLabels(view, proof.pool);
  const kept = Array.from(view.testErrors).filter((_, i) => !suspect.has(i));
  if (suspect.size === 0 || kept.length === 0) return undefined;
  return {
    images: suspect.size,
    accuracyWithout: 1 - kept.reduce((sum, error) => sum + error, 0) / kept.length,
  };
}

/** What happened, in one sentence. */
function headline(
  causes: Finding[],
  { errorRate }: Report["baseline"],
  together: Report["together"],
  proof: Proof | undefined,
  view: View,
  masks: Segmentation | undefined,
): string {
  const tested = `the ${view.test.length.toLocaleString("en-US")} test images`;
  const wrong = masks
    ? `The model's masks miss ${percent(errorRate.value)} of what IoU could be on ${tested}`
    : `The model is wrong on ${percent(errorRate.value)} of ${tested}`;
  const subject = proof?.dead ? "The model did not learn" : wrong;
  const confirmed = causes.filter(({ verdict }) => verdict === "confirmed");
  if (confirmed.length === 0) {
    const suspected = causes.find(({ verdict }) => verdict === "suspected");
    return suspected && !proof
      ? `${subject}; ${suspected.cause} is suspected, and nothing could be retrained to prove it.`
      : `${subject}, and no cause could be confirmed.`;
  }
  const [first, ...others] = confirmed;
  const share = first.share ? `, which explains ${percent(first.share.value, 0)} of the errors` : "";
  const more = others.length > 0 ? `; also ${others.map(({ cause }) => cause).join(", ")}` : "";
  const promise = together
    ? ` Put right${others.length > 0 ? " together" : ""}, errors fall to ${percent(together.errorRate.value)}.`
    : "";
  if (first.cause === "leakage")
    return `${subject} as measured, and on more in truth because of leakage${more}.${promise}`;
  return `${subject}, first of all because of ${first.cause}${share}${more}.${promise}`;
}
