/** What a person sees of a run. */
import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { lineOf, showProgress, spanOf } from "../../src/platform/local/progress.ts";
import type { LocalProgress } from "../../src/platform/local/watch.ts";

const makeProgress = (change: Partial<LocalProgress>): LocalProgress => ({
  run: "r",
  kind: "round",
  stage: "train",
  round: 0,
  total: 8,
  done: 0,
  failed: 0,
  perSecond: 0,
  openedAt: 0,
  deadline: 0,
  lastEvent: { at: 0, says: "" },
  workers: 2,
  activities: [],
  ...change,
});

function makeStream(isTTY: boolean) {
  const stream = Object.assign(new PassThrough(), { isTTY, columns: 100, cursorTo: () => true, clearLine: () => true });
  const chunks: string[] = [];
  stream.on("data", (chunk) => chunks.push(String(chunk)));
  return { stream, text: () => chunks.join("") };
}

test("elsewhere than on a terminal: a plain line a stage, and one every few seconds", () => {
  let now = 0;
  const { stream, text } = makeStream(false);
  const view = showProgress({ stream, now: () => now, everySeconds: 5 });
  view.update(makeProgress({ kind: "opened", stage: "" }));
  view.update(makeProgress({}));
  for (now = 100; now <= 10_000; now += 100) {
    view.update(makeProgress({ done: Math.floor(now / 2500), activities: ["train fold-1: epoch 3/10"] }));
  }
  view.update(makeProgress({ stage: "infer", total: 2, failed: 1, event: "infer shard-0 failed: It is empty." }));
  view.close();
  expect(text()).toBe(
    [
      "train: 0 of 8",
      "train: 2 of 8, 0.40/s, about 15 s left; train fold-1: epoch 3/10",
      "train: 4 of 8, 0.40/s, about 10 s left; train fold-1: epoch 3/10",
      "infer shard-0 failed: It is empty.",
      "infer: 1 of 2, 1 failed",
      "",
    ].join("\n"),
  );
});

test("on a terminal: one bar that is drawn over, with events above it", () => {
  const { stream, text } = makeStream(true);
  const view = showProgress({ stream });
  view.update(makeProgress({ done: 2 }));
  view.update(makeProgress({ done: 3, event: "Worker 1 was ended by SIGKILL; it is replaced." }));
  view.close();
  expect(text()).toContain("train: 2 of 8");
  expect(text()).toContain("█");
  expect(text()).toContain("Worker 1 was ended by SIGKILL; it is replaced.\n");
});

test("times are told in words", () => {
  expect([3.2, 89, 200, 3900].map(spanOf)).toEqual(["4 s", "89 s", "3 min", "65 min"]);
  expect(spanOf(7500)).toBe("2 h 5 min");
  expect(lineOf(makeProgress({ round: 1 }), { perSecond: 0 })).toBe("train, round 2: 0 of 8");
});
