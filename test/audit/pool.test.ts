import { describe, expect, it } from "vitest";
import type { JobRequest } from "../../src/audit/job.ts";
import { contradictedLabels, poolOf, splitOf } from "../../src/audit/pool.ts";
import { ambiguity } from "../../src/causes/ambiguity.ts";
import type { Hearing } from "../../src/causes/types.ts";
import { random } from "../../src/random.ts";
import { viewOf } from "../causes/views.ts";

const CLASSES = 4;

/** Models whose answers are made by `answer`, each trained on `rows`. */
function models(
  view: ReturnType<typeof viewOf>,
  count: number,
  answer: (row: number, i: number, model: number) => number[],
  trainedOn: (model: number) => Int32Array = () => view.train,
) {
  return Array.from({ length: count }, (_, model) => ({
    job: { predict: view.test, train: { rows: trainedOn(model), labels: new Int32Array(0) } } as unknown as JobRequest,
    result: {
      probabilities: Float32Array.from([...view.test].flatMap((row, i) => answer(row, i, model))),
      curve: [],
      diverged: false,
      parameters: 1,
      steps: 1,
    },
  }));
}

const sure = (label: number, by = 0.91): number[] =>
  Array.from({ length: CLASSES }, (_, k) => (k === label ? by : (1 - by) / (CLASSES - 1)));
const between = (a: number, b: number, first: number): number[] =>
  Array.from({ length: CLASSES }, (_, k) => (k === a ? first : k === b ? 0.98 - first : 0.01));

describe("the pool of models as a judge", () => {
  const view = viewOf();
  const { labels } = view.samples;

  it("contradicts labels that all good models are sure against, and leaves out bad models", () => {
    const wrong = new Set([3, 77, 400]);
    const good = models(view, 5, (row, i) => sure(wrong.has(i) ? (labels[row] + 1) % CLASSES : labels[row]));
    const bad = models(view, 2, (row) => sure((labels[row] + 2) % CLASSES));
    const pool = poolOf(view, [...good, ...bad]);
    expect(pool.models).toBe(5);
    expect(contradictedLabels(view, pool)).toEqual(wrong);
  });

  it("asks no model about an image that it was trained on", () => {
    const moved = view.test.slice(0, 10);
    const pool = poolOf(
      view,
      models(
        view,
        4,
        (row) => sure(labels[row]),
        (model) => (model === 0 ? Int32Array.from([...view.train, ...moved]) : view.train),
      ),
    );
    expect([pool.asked[0], pool.asked[9], pool.asked[10]]).toEqual([3, 3, 4]);
  });

  it("tells models that are torn from models that are sure of different answers", () => {
    const torn = poolOf(
      view,
      models(view, 4, () => between(0, 1, 0.5)),
    );
    const apart = poolOf(
      view,
      models(view, 4, (_row, _i, model) => sure(model % 2)),
    );
    expect(splitOf(torn, CLASSES)[0]).toBeCloseTo(0.96, 1);
    expect(splitOf(apart, CLASSES)[0]).toBeGreaterThan(0.9);
    expect(torn.torn[0]).toBeGreaterThan(0.9);
    expect(apart.torn[0]).toBeLessThan(0.1);
  });
});

describe("ambiguity", () => {
  /** A part of the images of classes 0 and 1 shows neither clearly: their labels are drawn, and so are the answers. */
  function world(part: number, mended = 0, unsure = 0) {
    // Training images are as unclear: the half of those of two classes of four that is answered wrong.
    const view = viewOf({ tested: 0.99, outOfFold: 0.99 - part / 4 });
    const chance = random(9);
    const unclear = new Set(
      [...view.test.keys()].filter((i) => view.samples.labels[view.test[i]] < 2 && chance.float() < part),
    );
    const firsts = Array.from(view.test, () => 0.35 + 0.28 * chance.float());
    const halfWay = new Set([...view.test.keys()].filter(() => chance.float() < unsure));
    const answer = (row: number, i: number) => {
      const label = view.samples.labels[row];
      if (unclear.has(i)) return between(0, 1, firsts[i]);
      return halfWay.has(i) ? between(label, (label + 1) % CLASSES, 0.82) : sure(label);
    };
    const all = models(view, 6, answer);
    const values = all[0].result.probabilities;
    const testErrors = Float32Array.from(view.test, (row, i) => {
      const said = values.subarray(i * CLASSES, (i + 1) * CLASSES);
      return Number(said.indexOf(Math.max(...said)) !== view.samples.labels[row]);
    });
    const made = { ...view, tested: [{ rows: view.test, values }], testErrors };
    const hearing: Hearing = {
      pool: poolOf(made, all),
      quote: view.test,
      experiments: [
        { says: "an experiment", before: testErrors, after: testErrors.map((error) => error * (1 - mended)) },
      ],
      tried: 1,
      open: [],
      undecided: [],
    };
    return { view: made, hearing, unclear };
  }
  const ruling = ({ view, hearing }: ReturnType<typeof world>) =>
    ambiguity.decide!(view, ambiguity.screen(view), hearing);

  it("is confirmed where models, labels and errors are split between two classes and nothing moves it", () => {
    const made = world(0.3);
    const found = ruling(made)!;
    expect(found.verdict).toBe("confirmed");
    expect(found.share!.value).toBeGreaterThan(0.9);
    expect(found.says).toContain('"a" and "b"');
    expect(new Set(found.rows)).toEqual(new Set([...made.unclear].map((i) => made.view.test[i])));
  });

  it("is refuted where an experiment mends these errors", () => {
    expect(ruling(world(0.3, 0.6))!.verdict).toBe("refuted");
  });

  it("stays open where an experiment mends a part of these errors beyond chance: a better one may mend more", () => {
    expect(ruling(world(0.3, 0.12))).toMatchObject({
      verdict: "suspected",
      says: expect.stringContaining("mends 12 %"),
    });
    expect(ruling(world(0.3, 0.04))!.verdict).toBe("confirmed");
    const made = world(0.3);
    const [{ says, before }] = made.hearing.experiments;
    const shaken = before.map((error, i) => error - (Math.floor(i / 4) % 2 === 0 ? 0.9 : -0.55));
    const experiments = [{ says, before, after: shaken }];
    expect(ruling({ ...made, hearing: { ...made.hearing, experiments } })!.verdict).toBe("confirmed");
  });

  it("is cleared where more images lie half way to an even split than near it: models that are unsure have such a tail", () => {
    expect(ruling(world(0.3, 0, 0.5))).toMatchObject({ verdict: "cleared", says: expect.stringContaining("half way") });
  });

  it("stays open where hardly more images lie near an even split than half way: a weak network piles up a little", () => {
    expect(ruling(world(0.3, 0, 0.16))).toMatchObject({
      verdict: "suspected",
      says: expect.stringContaining("stronger"),
    });
  });

  it("stays open where nothing tried to move it", () => {
    const made = world(0.3);
    expect(ruling({ ...made, hearing: { ...made.hearing, experiments: [], tried: 0 } })!.verdict).toBe("suspected");
  });

  it("takes what exploring showed to gain nothing for an experiment as well", () => {
    const made = world(0.3);
    expect(ruling({ ...made, hearing: { ...made.hearing, experiments: [] } })!.verdict).toBe("confirmed");
  });

  it("stays open where an experiment that mended such errors was not taken to its end", () => {
    const made = world(0.3);
    const open = [{ cause: "architecture-choice" as const, part: 0.6 }];
    const found = ruling({ ...made, hearing: { ...made.hearing, open } })!;
    expect(found).toMatchObject({
      verdict: "suspected",
      says: expect.stringContaining("architecture-choice mended 60"),
    });
  });

  it("stays open beside a fault that is there beyond doubt and may cost something: models that learnt from it are torn as well", () => {
    const made = world(0.3);
    const found = ruling({ ...made, hearing: { ...made.hearing, undecided: ["image-quality"] } })!;
    expect(found).toMatchObject({ verdict: "suspected", says: expect.stringContaining("image-quality is there") });
  });

  it("stays open where training labels are contradicted far more often than test labels: wrong ones leave models torn", () => {
    const made = world(0.3);
    const noisy = { ...made.view, outOfFold: viewOf({ outOfFold: 0.6 }).outOfFold };
    const found = ruling({ ...made, view: noisy })!;
    expect(found).toMatchObject({ verdict: "suspected", says: expect.stringContaining("contradicted more often") });
  });

  it("stays open where unseen training images are recognised better: test images may be of another kind", () => {
    const made = world(0.3);
    const found = ruling({ ...made, view: { ...made.view, outOfFold: viewOf({ outOfFold: 0.99 }).outOfFold } })!;
    expect(found).toMatchObject({ verdict: "suspected", says: expect.stringContaining("another kind") });
  });

  it("is cleared where nothing was learnt: doubts of such models are their own", () => {
    const { view } = world(0.3);
    const dead = viewOf({ tested: 0.26, training: 0.26, outOfFold: 0.25 });
    expect(ambiguity.screen(view).standing).toBe("suspected");
    expect(ambiguity.screen({ ...dead, tested: view.tested, testErrors: view.testErrors }).standing).toBe("cleared");
  });

  it("is cleared where few images are split, and on a sound baseline", () => {
    expect(ambiguity.screen(world(0.02).view).standing).toBe("cleared");
    expect(ambiguity.screen(viewOf()).standing).toBe("cleared");
  });
});
