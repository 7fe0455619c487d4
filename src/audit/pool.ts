import type { Hearing, Pool } from "../causes/types.ts";
import { ofMasks, type View } from "../causes/view.ts";
import { quantile } from "../stats/intervals.ts";
import { likeliest } from "../stats/metrics.ts";
import type { JobRequest, JobResult } from "./job.ts";
import type { Lab } from "./lab.ts";
import type { Proof } from "./prove.ts";
import { isRefuted } from "./trial.ts";

/** Models worse than the better ones by more than this are no judges: factor and error rate. */
const WORSE = { factor: 1.25, rate: 0.005 };

interface Trained {
  job: JobRequest;
  result: JobResult;
}

/** A lab that remembers every model whose results passed through it. */
export function remembering(lab: Lab): Lab & { trained: Map<string, Trained> } {
  const trained = new Map<string, Trained>();
  return {
    trained,
    results(jobs) {
      const results = lab.results(jobs);
      jobs.forEach((job, i) => {
        const result = results[i];
        if (result) trained.set(`${job.name}#${job.seed}`, { job, result });
      });
      return results;
    },
  };
}

/** What the models say of the test images together, each only of images that it was not trained on. */
export function poolOf(view: Pick<View, "task" | "test" | "samples" | "classes">, trained: Iterable<Trained>): Pool {
  const { test, samples } = view;
  const classes = view.classes.length;
  const judges = betterOnes(
    // What is kept of masks are no probabilities of classes: of them there is no joint judge.
    (ofMasks(view) ? [] : [...trained]).filter(
      ({ job, result }) => !result.diverged && test.length > 0 && test.every((row, i) => job.predict[i] === row),
    ),
    test,
    samples.labels,
    classes,
  );
  const probabilities = new Float32Array(test.length * classes);
  const asked = new Int32Array(test.length);
  const met = judges.map(({ job }) => new Set(job.train.rows));
  test.forEach((row, i) => {
    judges.forEach(({ result }, m) => {
      if (met[m].has(row)) return;
      asked[i]++;
      for (let k = 0; k < classes; k++) probabilities[i * classes + k] += result.probabilities[i * classes + k];
    });
    for (let k = 0; k < classes; k++) probabilities[i * classes + k] /= Math.max(1, asked[i]);
  });
  const agreement = new Float32Array(test.length);
  const torn = new Float32Array(test.length);
  test.forEach((row, i) => {
    const [first, second] = likeliest(probabilities, i, classes);
    judges.forEach(({ result }, m) => {
      if (met[m].has(row)) return;
      const [own] = likeliest(result.probabilities, i, classes);
      if (own === first) agreement[i] += 1 / asked[i];
      const pair = [result.probabilities[i * classes + first], result.probabilities[i * classes + second]];
      torn[i] += (2 * Math.min(...pair)) / asked[i];
    });
  });
  return { models: judges.length, probabilities, agreement, asked, torn };
}

function betterOnes(models: Trained[], test: Int32Array, labels: Int32Array, classes: number): Trained[] {
  const errors = models.map(({ result }) => {
    let wrong = 0;
    test.forEach((row, i) => {
      if (likeliest(result.probabilities, i, classes)[0] !== labels[row]) wrong++;
    });
    return wrong / test.length;
  });
  const most = WORSE.factor * quantile(errors, 0.25) + WORSE.rate;
  return models.filter((_, m) => errors[m] <= most);
}

/** How evenly the pool is split between its two likeliest classes, 0..1, [test images]: 1 where both are as likely. */
export const splitOf = ({ probabilities }: Pool, classes: number): Float32Array =>
  Float32Array.from({ length: probabilities.length / classes }, (_, i) => {
    const [first, second] = likeliest(probabilities, i, classes);
    const [a, b] = [probabilities[i * classes + first], probabilities[i * classes + second]];
    return a + b > 0 ? (2 * b) / (a + b) : 0;
  });

/** Where the whole pool is sure of another class than the label: part of the models, and probabilities of the two. */
const CONTRADICTED = { agreement: 0.9, other: 0.75, label: 0.1, models: 4 };

/** Places in `view.test` whose label all good models contradict: it is suspect, and the image stays in every figure. */
export function contradictedLabels(
  { test, samples, classes: names }: Pick<View, "test" | "samples" | "classes">,
  pool: Pool,
): Set<number> {
  const classes = names.length;
  const found = new Set<number>();
  test.forEach((row, i) => {
    const label = samples.labels[row];
    const [first] = likeliest(pool.probabilities, i, classes);
    if (
      first !== label &&
      pool.asked[i] >= CONTRADICTED.models &&
      pool.agreement[i] >= CONTRADICTED.agreement &&
      pool.probabilities[i * classes + first] >= CONTRADICTED.other &&
      pool.probabilities[i * classes + label] <= CONTRADICTED.label
    )
      found.add(i);
  });
  return found;
}

const average = (errors: Float32Array[]): Float32Array =>
  errors[0].map((_, i) => errors.reduce((sum, each) => sum + each[i] / errors.length, 0));

/** What the experiments moved, for causes that have a proof of their own. */
export const hearingOf = ({ pool, halves, trials }: Pick<Proof, "pool" | "halves" | "trials">): Hearing => ({
  pool,
  quote: halves.quote,
  experiments: trials.flatMap(({ moved, chosen }) =>
    moved && chosen && moved.before.length > 0 && moved.after.length > 0
      ? [
          {
            says: chosen.takesAway ? `all images in place of ${chosen.id}` : chosen.says,
            before: average(moved.before),
            after: average(moved.after),
          },
        ]
      : [],
  ),
  tried: trials.filter(({ tried }) => tried.length > 0).length,
  open: trials.flatMap(({ cause, chosen, comparison, futile, tried }) => {
    const explored = tried.filter(({ intervention }) => intervention.id === chosen?.id);
    if (!chosen || chosen.takesAway || comparison || futile || explored.length === 0) return [];
    const [{ gain, errorRate }] = explored;
    return [{ cause: cause.id, part: gain / Math.max(1e-9, gain + errorRate) }];
  }),
  undecided: trials
    .filter(
      (trial) => trial.suspicion.proven && trial.comparison && !trial.confirmed && !trial.repeats && !isRefuted(trial),
    )
    .map(({ cause }) => cause.id),
});
