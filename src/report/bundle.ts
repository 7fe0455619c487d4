import type { Attribution } from "../audit/attribution.ts";
import { averageByRow } from "../audit/observe.ts";
import { contradictedLabels, splitOf } from "../audit/pool.ts";
import type { Proof } from "../audit/prove.ts";
import type { Judgement } from "../audit/verdicts.ts";
import { gaps } from "../causes/coverage-gap.ts";
import { wrongLabels } from "../causes/held-out-labels.ts";
import { secondOpinion } from "../causes/label-suspects.ts";
import type { Pool } from "../causes/types.ts";
import { argmax, type Predictions, type View } from "../causes/view.ts";
import { compareArms } from "../stats/arms.ts";
import { findLabelIssues } from "../stats/label-issues.ts";
import type { DuplicateRow, ErrorRow, LabelIssueRow, MaskedImage, Report, ReportBundle, SliceRow } from "./schema.ts";

export interface BundleInput {
  report: Report;
  view: View;
  proof?: Proof;
  judged: { ranked: Judgement[]; attribution?: Attribution };
  /** Suspect labels, or masks, of images beyond the audit set. */
  beyond: LabelIssueRow[];
  /** Thumbnails of some files. */
  thumbnails(files: ReadonlySet<string>): Promise<Record<string, Uint8Array>>;
  /** Of masks only. */
  masks?: {
    /** What is wrong with each test image's mask, in the order of `view.test`. */
    images: MaskedImage[];
    /** How likely each image's mask is right, with the region most against it. */
    labelIssues: LabelIssueRow[];
    /** Masks of some files, those that are known. */
    shown(files: ReadonlySet<string>): Promise<NonNullable<ReportBundle["masks"]>>;
  };
}

/** Label suspects shown on the page. */
const SUSPECTS_SHOWN = 60;

/** Tables, curves and thumbnails beside the report. */
export async function bundleOf(input: BundleInput): Promise<ReportBundle> {
  const { report, view, proof, judged, beyond, thumbnails, masks } = input;
  const issues = masks?.labelIssues ?? labelIssueRows(view, judged.ranked, proof?.pool);
  const labelIssues = [...issues, ...beyond].sort(worstLabelFirst);
  const errors = masks ? maskErrorRows(masks.images, view, judged.ranked) : errorRows(view, judged.ranked, proof?.pool);
  const shown = new Set([
    ...report.causes.flatMap(({ examples }) => examples),
    ...labelIssues
      .filter(({ is_label_issue }) => is_label_issue)
      .slice(0, SUSPECTS_SHOWN)
      .map(({ file }) => file),
    ...errors.slice(0, 24).map(({ file }) => file),
    ...(report.segmentation?.worst ?? []).map(({ file }) => file),
  ]);
  return {
    report,
    curves: view.traces.map(({ seed, curve }) => ({ name: "baseline", seed, points: curve })),
    learningCurve: proof ? learningCurve(proof, judged.attribution) : [],
    tables: { errors, label_issues: labelIssues, duplicates: duplicateRows(view), slices: sliceRows(view) },
    thumbnails: await thumbnails(shown),
    ...(masks ? { masks: await masks.shown(shown) } : {}),
  };
}

/** Test images that at least one seed gets wrong, the surest mistakes first. */
function errorRows(view: View, ranked: Judgement[], pool: Pool | undefined): ErrorRow[] {
  const classes = view.classes.length;
  const split = pool && pool.models > 0 ? splitOf(pool, classes) : undefined;
  const average = averageByRow(view.tested, classes)!;
  const at = new Map(Array.from(average.rows, (row, i) => [row, i]));
  const causesOf = pointingAt(ranked);
  const rows: ErrorRow[] = [];
  view.test.forEach((row, i) => {
    if (view.testErrors[i] === 0) return;
    const place = at.get(row)!;
    const label = view.samples.labels[row];
    rows.push({
      file: view.samples.files[row],
      split: "test",
      label: view.classes[label],
      predicted: view.classes[Math.max(0, argmax(average.values, place, classes))],
      probability: average.values[place * classes + label],
      errorRate: view.testErrors[i],
      ...(split ? { ambiguity: split[i] } : {}),
      causes: causesOf(row),
    });
  });
  return rows.sort(
    (a, b) => b.errorRate - a.errorRate || (a.probability ?? 0) - (b.probability ?? 0) || (a.file < b.file ? -1 : 1),
  );
}

/** Test images whose masks are not right to the last pixel, the worst first. */
function maskErrorRows(images: MaskedImage[], view: View, ranked: Judgement[]): ErrorRow[] {
  const causesOf = pointingAt(ranked);
  const rows = images.map(
    ({ file, ...mask }, i): ErrorRow => ({
      file,
      split: "test",
      errorRate: view.testErrors[i],
      mask,
      causes: causesOf(view.test[i]),
    }),
  );
  return rows
    .filter(({ errorRate }) => errorRate > 0)
    .sort((a, b) => b.errorRate - a.errorRate || (a.file < b.file ? -1 : 1));
}

/** Which confirmed or present causes point at a row: 1, or 0. */
function pointingAt(ranked: Judgement[]): (row: number) => Record<string, number> {
  const pointing = ranked
    .filter(({ verdict }) => verdict === "confirmed" || verdict === "present")
    .map(({ cause, suspicion }) => ({ id: cause.id, rows: new Set(suspicion.rows) }));
  return (row) => Object.fromEntries(pointing.map(({ id, rows }) => [id, rows.has(row) ? 1 : 0]));
}

/** Every image of the audit set that a model which had not seen it has judged. */
function labelIssueRows(view: View, ranked: Judgement[], pool: Pool | undefined): LabelIssueRow[] {
  // Where training lacks a kind of image the models are wrong, not the labels.
  const unknown = new Set(
    ranked.find(({ cause, verdict }) => cause.id === "coverage-gap" && verdict === "confirmed")?.suspicion.rows,
  );
  const classes = view.classes.length;
  // Test labels are judged by every good model of the audit that was not trained on the image, where there are several.
  const jury = pool && pool.models > view.tested.length ? pool : undefined;
  const contradicted = jury && contradictedLabels(view, jury);
  const test = jury ? { rows: view.test, values: jury.probabilities } : averageByRow(view.tested, classes);
  const judged = [view.outOfFold, test].filter(
    (each): each is Predictions => each !== undefined && each.rows.length > 0,
  );
  const rows = judged.flatMap(({ rows: members, values }) => {
    const given = members.map((row) => view.samples.labels[row]);
    const { isIssue, score, predicted } = findLabelIssues(given, values, classes);
    const least = values === view.outOfFold?.values ? leastDoubted(isIssue, score, wrongLabels(view)) : 1;
    return Array.from(members, (row, i) => ({
      file: view.samples.files[row],
      split: view.samples.splits[row],
      is_label_issue:
        (contradicted && view.samples.splits[row] === "test"
          ? contradicted.has(i)
          : isIssue[i] === 1 && score[i] <= least) && !unknown.has(row),
      label_score: score[i],
      given_label: view.classes[given[i]],
      predicted_label: view.classes[predicted[i]],
    }));
  });
  const opinions = ranked.find(({ trial }) => trial?.opinions)?.trial?.opinions;
  const second = new Map(
    opinions ? secondOpinion(view, opinions).map((each) => [view.samples.files[each.row], each]) : [],
  );
  for (const row of rows) {
    const opinion = second.get(row.file);
    if (!opinion) continue;
    row.label_score = opinion.score;
    row.predicted_label = view.classes[opinion.suggested];
    row.is_label_issue = opinion.score < 0.5;
  }
  return rows;
}

/** The score of the last of the `most` worst issues, where there are more. */
function leastDoubted(isIssue: Uint8Array, score: Float32Array, most = Number.POSITIVE_INFINITY): number {
  const issues = score.filter((_, i) => isIssue[i] === 1).sort();
  return issues[Math.min(most, issues.length) - 1] ?? 1;
}

const worstLabelFirst = (a: LabelIssueRow, b: LabelIssueRow): number =>
  a.label_score - b.label_score || (a.file < b.file ? -1 : 1);

function duplicateRows({ duplicates, samples, classes }: View): DuplicateRow[] {
  return duplicates.map(({ a, b, kind }) => ({
    file: samples.files[a],
    split: samples.splits[a],
    label: classes[samples.labels[a]],
    duplicate_of: samples.files[b],
    duplicate_split: samples.splits[b],
    duplicate_label: classes[samples.labels[b]],
    kind,
  }));
}

const sliceRows = (view: View): SliceRow[] =>
  gaps(view).map(({ slice, trainCount, members, errorRate, elsewhere }) => ({
    slice,
    train: trainCount,
    test: members.length,
    errorRate,
    elsewhere,
  }));

/** Measured points with their intervals, then what the power law promises. */
function learningCurve(
  { learningCurve: points }: Proof,
  attribution: Attribution | undefined,
): ReportBundle["learningCurve"] {
  const pool = points.map(({ errors }) => errors);
  const measured = points.flatMap(({ images, errors }) =>
    errors.length > 0
      ? [{ images, errorRate: compareArms({ baseline: errors, changed: errors }, { pool }).baseline, predicted: false }]
      : [],
  );
  const { outlook } = attribution ?? {};
  const promised = outlook
    ? outlook.targets.map((images, i) => ({ images, errorRate: outlook.errors[i], predicted: true }))
    : [];
  return [...measured, ...promised];
}
