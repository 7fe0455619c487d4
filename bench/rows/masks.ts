import { rmSync } from "node:fs";
import { join } from "node:path";
import { auditPeak } from "../audits.ts";
import { sceneFolder } from "../mask-scenes.ts";
import { inMegabytes, nodeSide, ratioOf, SMALL_HEAP } from "../side.ts";
import type { Bench, Line, Row } from "../types.ts";

const SIDE = 1024;
const MOST_BYTES = 1e9;

export const masks: Row = {
  name: "masks",
  title: `Masks of ${SIDE} x ${SIDE} pixels and 3 classes: from probabilities in one pass, and a whole audit of predicted masks`,
  async run(bench) {
    const sizes = bench.quick ? [25, 100] : [500, 2000];
    const passes = [];
    for (const images of sizes) {
      bench.say(`${images} images, one pass over their probabilities`);
      const side = await nodeSide("masks.ts", { images, side: SIDE }, SMALL_HEAP);
      passes.push(await side.ask());
      await side.close();
    }
    const audits = [];
    for (const images of sizes) audits.push(await audit(bench, images));
    const rate = (seconds: unknown) => `${(sizes[1] / Number(seconds)).toFixed(1)} images/s`;
    return [
      ...peaks("one pass", sizes, passes, [
        `label scores ${rate(passes[1].scoring)}`,
        `IoU, outlines, kinds of errors ${rate(passes[1].measuring)}`,
        `all, with drawing, ${rate(passes[1].seconds)}`,
      ]),
      ...peaks("whole audit", sizes, audits, [rate(audits[1].seconds)]),
    ];
  },
};

async function audit(bench: Bench, images: number): Promise<{ seconds: number; peakBytes: number }> {
  const folder = await sceneFolder(bench, images, SIDE);
  const out = join(bench.scratch, "masks-out");
  rmSync(out, { recursive: true, force: true });
  bench.say(`${images} images, a whole audit`);
  const predicted = ["--predictions", join(folder, "predicted")];
  return auditPeak([join(folder, "data"), "--task", "segmentation", ...predicted, "--engine", "wasm", "--out", out]);
}

function peaks(of: string, sizes: number[], [few, many]: { peakBytes: number }[], figures: string[]): Line[] {
  return [
    {
      compares: `${of}, peak memory`,
      ratio: ratioOf([many.peakBytes], [few.peakBytes]),
      of: `${sizes[1]} / ${sizes[0]} images`,
      goal: { atMost: 1.1 },
      figures: [inMegabytes(few.peakBytes), inMegabytes(many.peakBytes)],
    },
    { compares: `${of}, peak memory below 1 GB`, holds: many.peakBytes < MOST_BYTES, figures },
  ];
}
