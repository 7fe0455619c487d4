import { duplicateGroups } from "../dataset/duplicates.ts";
import { findLabelIssues } from "../stats/label-issues.ts";
import { readMaskRow } from "../stats/mask-row.ts";
import { argmax, ofMasks, type Predictions, type View } from "./view.ts";

/** A training image whose given label is doubted by models that never saw it. */
export interface Suspect {
  row: number;
  /** 0..1, low = bad. */
  score: number;
  given: number;
  suggested: number;
}

/** Training images whose given label is in doubt, worst first. @param twice rows of each picture with several labels */
export function suspects(view: View, twice: number[][]): Suspect[] {
  if (!view.outOfFold) return [];
  if (ofMasks(view)) return maskSuspects(view, view.outOfFold).filter(isDoubted);
  const { rows, values } = view.outOfFold;
  const classes = view.classes.length;
  const given = rows.map((row) => view.samples.labels[row]);
  const issues = findLabelIssues(given, values, classes);
  const copies = contradictedCopies(twice, view.samples, new Map(Array.from(rows, (row, i) => [row, issues.score[i]])));
  return Array.from(rows.keys())
    .filter((i) => issues.isIssue[i] || copies.has(rows[i]))
    .map((i) => ({ row: rows[i], score: issues.score[i], given: given[i], suggested: argmax(values, i, classes) }))
    .sort((a, b) => a.score - b.score || a.row - b.row);
}

/** Training rows of each picture that is there with several labels: all but one of them are wrong, whatever a model says. */
export function picturesOfTwoLabels({ train, samples: { hashes, labels } }: View): number[][] {
  return duplicateGroups(Array.from(train, (row) => ({ hash: hashes[row], split: "train" })))
    .exact.map((places) => places.map((place) => train[place]))
    .filter((copies) => copies.some((row) => labels[row] !== labels[copies[0]]));
}

/** Of each such picture the copies that have another label than the one that models hold for the likeliest. */
function contradictedCopies(
  pictures: number[][],
  { labels }: View["samples"],
  scores: Map<number, number>,
): Set<number> {
  return new Set(
    pictures.flatMap((copies) => {
      const known = copies.filter((row) => scores.has(row));
      const best = known.reduce((one, row) => (scores.get(row)! > scores.get(one)! ? row : one), known[0]);
      return known.filter((row) => labels[row] !== labels[best]);
    }),
  );
}

/** Score of a mask below which it is in doubt: more than a small object speaks against it (`scoreMask`). */
const DOUBTED = 0.5;

export const isDoubted = ({ score }: Pick<Suspect, "score">): boolean => score < DOUBTED;

/** What predictions say of the masks given, worst first; classes and place are those of the worst region, -1 where there is none. */
export function maskSuspects(
  { classes }: Pick<View, "classes">,
  { rows, values }: Predictions,
): (Suspect & { box?: readonly number[] })[] {
  return Array.from(rows, (row, i) => {
    const { score, region } = readMaskRow(values, i, classes.length).label;
    return { row, score, given: region?.given ?? -1, suggested: region?.predicted ?? -1, box: region?.box };
  }).sort((a, b) => a.score - b.score || a.row - b.row);
}

/**
 * Scores of suspects by models that were trained without any of them, 0..1, low = bad: the given label's part of what it
 * and its strongest rival get. Wrong labels taught these models nothing, so they are surer than those of the
 * cross-validation, in which labels wrong in the same way stood on both sides.
 */
export function secondOpinion(
  view: View,
  { rows, values }: Predictions,
): { row: number; score: number; suggested: number }[] {
  const classes = view.classes.length;
  const judged = Array.from(rows, (row, i) => {
    const given = view.samples.labels[row];
    let rival = given === 0 ? 1 : 0;
    for (let k = 0; k < classes; k++)
      if (k !== given && values[i * classes + k] > values[i * classes + rival]) rival = k;
    const mine = values[i * classes + given];
    const other = values[i * classes + rival];
    return { row, score: mine + other > 0 ? mine / (mine + other) : 0.5, suggested: mine >= other ? given : rival };
  });
  return judged.sort((a, b) => a.score - b.score || a.row - b.row);
}
