import { rmSync } from "node:fs";
import { join } from "node:path";
import { auditSeconds, growing, predictionsFor } from "../audits.ts";
import { ratioOf } from "../side.ts";
import type { Bench, Line, Row } from "../types.ts";

const TIMES = [1, 2, 4, 8];
const WORKERS = [1, 2];

/** Seconds of an audit of given predictions, by workers and size, in turns: every setting once a round. */
function measure(bench: Bench, sizes: ReturnType<typeof growing>): number[][][] {
  const out = join(bench.scratch, "audit-out");
  return Array.from({ length: Math.min(2, bench.rounds) }, (_, round) =>
    WORKERS.map((workers) =>
      sizes.map(({ images, folder }) => {
        bench.say(`round ${round + 1}: ${images} images, ${workers} workers`);
        rmSync(out, { recursive: true, force: true });
        const given = ["--predictions", predictionsFor(folder), "--workers", String(workers), "--out", out];
        return auditSeconds([folder, ...given]);
      }),
    ),
  );
}

export const scaling: Row = {
  name: "scaling",
  title: "Wall time of an audit of given predictions as images and workers grow",
  async run(bench) {
    const sizes = growing(bench, bench.quick ? 100 : 1000, TIMES);
    const rounds = measure(bench, sizes);
    const at = (workers: number, size: number) => rounds.map((round) => round[workers][size]);
    const last = sizes.length - 1;
    const figures = (worker: number) =>
      sizes.map(({ images }, i) => `${images} images ${Math.min(...at(worker, i)).toFixed(1)} s`);
    const lines: Line[] = WORKERS.map((workers, i) => ({
      compares: `${TIMES.at(-1)} times the images, ${workers} ${workers === 1 ? "worker" : "workers"}`,
      ratio: ratioOf(at(i, last), at(i, 0)),
      of: "wall time / that of the fewest",
      goal: { atMost: TIMES.at(-1)! },
      figures: figures(i),
    }));
    const added = (worker: number) => at(worker, last).map((time, round) => time - at(worker, 0)[round]);
    lines.push({
      compares: `efficiency of 2 workers, on what ${sizes[last].images - sizes[0].images} more images add`,
      ratio: ratioOf(
        added(0),
        added(1).map((time) => 2 * time),
      ),
      of: "time of 1 / twice the time of 2",
      goal: { atLeast: 0.85 },
      figures: ["without what every audit takes: start, report"],
    });
    lines.push({
      compares: `efficiency of 2 workers, ${sizes[last].images} images`,
      ratio: ratioOf(
        at(0, last),
        at(1, last).map((time) => 2 * time),
      ),
      of: "time of 1 / twice the time of 2",
      goal: { atLeast: 0.85 },
      figures: ["the processes' start, listing and the report are in it"],
    });
    return lines;
  },
};
