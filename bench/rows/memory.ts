import { rmSync } from "node:fs";
import { join } from "node:path";
import { inputFor } from "../../cli/audit-request.ts";
import { growing, predictionsFor } from "../audits.ts";
import { inMegabytes, nodeSide, ratioOf } from "../side.ts";
import type { Line, Row } from "../types.ts";

/** Stages that a given subject passes; training holds the dataset by design. */
const STAGES = ["intake", "ingest", "infer", "screen", "report"];

export const memory: Row = {
  name: "memory",
  title: "Peak memory of each stage as images grow eightfold",
  async run(bench) {
    const sizes = growing(bench, bench.quick ? 100 : 1000, [1, 8]);
    const peaks = new Map<string, number[]>(STAGES.map((stage) => [stage, []]));
    for (const { images, folder: data } of sizes) {
      bench.say(`${images} images`);
      const folder = join(bench.scratch, "memory-run");
      rmSync(folder, { recursive: true, force: true });
      const request = {
        ...(await inputFor(data, { predictions: predictionsFor(data), engine: "wasm" })),
        startedAt: Date.now(),
      };
      for (const stage of STAGES) {
        const side = await nodeSide("stage.ts", { folder, run: "memory", stage, request });
        peaks.get(stage)!.push((await side.ask()).peakBytes);
        await side.close();
      }
    }
    return STAGES.map((stage): Line => {
      const [few, many] = peaks.get(stage)!;
      return {
        compares: `stage ${stage}`,
        ratio: ratioOf([many], [few]),
        of: `peak memory, ${sizes[1].images} / ${sizes[0].images} images`,
        goal: { atMost: 1.2 },
        figures: [inMegabytes(few), inMegabytes(many)],
      };
    });
  },
};
