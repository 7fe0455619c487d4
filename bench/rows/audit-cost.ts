import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { draw, hasData, missing, mnist, SOUND, writeIdx } from "../../test/support/data.ts";
import { auditSeconds } from "../audits.ts";
import { inSeconds, inTurns, median, nodeSide, seconds } from "../side.ts";
import { CannotRun, type Line, type Row } from "../types.ts";

const EFFORTS = { quick: 15, standard: 40 };

export const auditCost: Row = {
  name: "audit-cost",
  title: "What an audit costs: times one training run",
  async run(bench) {
    if (!hasData("mnist")) throw new CannotRun(`${missing("mnist")}.`);
    const images = bench.quick ? 200 : 1000;
    const data = join(bench.scratch, `mnist-${images}`);
    writeIdx(data, draw(mnist("train"), images, 5), draw(mnist("t10k"), images / 2, 6));
    const recipe = join(bench.scratch, "sound.json");
    writeFileSync(recipe, JSON.stringify({ ...SOUND, fit: { epochs: 4, batchSize: 32 } }));
    const once = await nodeSide("one-run.ts", { images, recipe: JSON.parse(readFileSync(recipe, "utf8")) });
    const [runs] = await inTurns([once], bench.rounds);
    await once.close();
    const one = median(seconds(runs));
    const lines: Line[] = [];
    for (const [effort, most] of Object.entries(EFFORTS)) {
      bench.say(`an audit at ${effort} effort`);
      const out = join(bench.scratch, `audit-${effort}`);
      rmSync(out, { recursive: true, force: true });
      const time = auditSeconds([data, "--recipe", recipe, "--effort", effort, "--out", out]);
      const { cost } = JSON.parse(readFileSync(join(out, "report.json"), "utf8")) as {
        cost: { timesOneRun: number; trainingRuns: number };
      };
      const once = (value: number) => ({ median: value, least: value, most: value, rounds: 1 });
      lines.push(
        {
          compares: `${effort}, in images that pass through training`,
          ratio: once(cost.timesOneRun),
          of: "the audit's / one training run's",
          goal: { atMost: most },
          figures: [`${cost.trainingRuns} training runs`],
        },
        {
          compares: `${effort}, in wall time`,
          ratio: once(time / one),
          of: "the audit's / one training run's",
          goal: { atMost: most },
          figures: [`audit ${time.toFixed(1)} s with two workers, start to report`, inSeconds("one run", runs)],
        },
      );
    }
    return lines;
  },
};
