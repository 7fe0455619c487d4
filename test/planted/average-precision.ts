import { confidentJoint, offDiagonal } from "../../src/stats/confident-joint.ts";
import { findLabelIssues } from "../../src/stats/label-issues.ts";
import { normalisedMargin, selfConfidence } from "../../src/stats/label-score.ts";

/**
 * Average precision of a ranking (Manning, Raghavan and Schuetze 2008, section 8.4): the mean over the wrong labels of the precision
 * down to each. Equal scores count as one step, so that no order among them is favoured.
 *
 * @param suspicion high = suspect, `[images]`
 * @param wrong 1 where the label is wrong, `[images]`
 */
export function averagePrecision(suspicion: ArrayLike<number>, wrong: ArrayLike<number>): number {
  const order = Array.from(suspicion, (_, i) => i).sort((a, b) => suspicion[b] - suspicion[a]);
  const all = Array.from(wrong).reduce((sum, value) => sum + value, 0);
  let hits = 0;
  let sum = 0;
  for (let from = 0; from < order.length; ) {
    let to = from;
    let here = 0;
    while (to < order.length && suspicion[order[to]] === suspicion[order[from]]) here += wrong[order[to++]];
    hits += here;
    sum += (here * hits) / to;
    from = to;
  }
  return sum / all;
}

export interface Ranked {
  errata: number;
  /** Confident learning's rankings of the same probabilities. */
  selfConfidence: number;
  normalisedMargin: number;
  /** Its own suspects (off the diagonal of the confident joint) first, each part by normalised margin. */
  pruned: number;
}

/** Average precision of Errata's label score and of confident learning's (Northcutt et al. 2021) on the same probabilities. */
export function rankings(
  labels: Int32Array,
  probabilities: ArrayLike<number>,
  wrong: ArrayLike<number>,
  classes: number,
): Ranked {
  const by = (suspicion: (i: number) => number) =>
    averagePrecision(
      Float64Array.from(labels, (_, i) => suspicion(i)),
      wrong,
    );
  const { score } = findLabelIssues(labels, probabilities, classes);
  const { thresholds } = confidentJoint(labels, probabilities, classes);
  const mask = offDiagonal(labels, probabilities, thresholds);
  const margin = (i: number) => normalisedMargin(probabilities, i * classes, labels[i], classes);
  return {
    errata: by((i) => -score[i]),
    selfConfidence: by((i) => -selfConfidence(probabilities, i * classes, labels[i])),
    normalisedMargin: by((i) => -margin(i)),
    pruned: by((i) => mask[i] - margin(i)),
  };
}
