import { rmSync } from "node:fs";
import { join } from "node:path";
import { inputFor } from "../../cli/audit-request.ts";
import { growing, predictionsFor } from "../audits.ts";
import { inMegabytes, nodeSide, ratioOf, SMALL_HEAP } from "../side.ts";
import type { Line, Row } from "../types.ts";

/** Stages that a given subject passes; training holds the audit set by design. */
const STAGES = ["intake", "ingest", "infer", "screen", "report"];
/** Images of the audit set, which the last stages hold: by default it has 100,000. Without a limit all of these few would be in it. */
const AUDITED = 1000;

export const memory: Row = {
  name: "memory",
  title: `Peak memory of each stage as images grow eightfold, with an audit set of ${AUDITED} images`,
  async run(bench) {
    const sizes = growing(bench, 1200, [1, 8]);
    const peaks = new Map<string, number[]>(STAGES.map((stage) => [stage, []]));
    for (const { images, folder: data } of sizes) {
      bench.say(`${images} images`);
      const folder = join(bench.scratch, "memory-run");
      rmSync(folder, { recursive: true, force: true });
      const input = await inputFor(data, { predictions: predictionsFor(data), engine: "wasm" });
      const request = { ...input, data: { ...input.data, limit: AUDITED }, startedAt: Date.now() };
      for (const stage of STAGES) {
        const side = await nodeSide("stage.ts", { folder, run: "memory", stage, request }, SMALL_HEAP);
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
