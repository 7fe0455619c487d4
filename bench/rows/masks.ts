import { inMegabytes, nodeSide, ratioOf } from "../side.ts";
import type { Line, Row } from "../types.ts";

const SIDE = 1024;
const MOST_BYTES = 1e9;

export const masks: Row = {
  name: "masks",
  title: `Masks of ${SIDE} x ${SIDE} pixels and 3 classes: label scores, IoU, outlines and kinds of errors in one pass`,
  async run(bench) {
    const sizes = bench.quick ? [25, 100] : [500, 2000];
    const answers = [];
    for (const images of sizes) {
      bench.say(`${images} images`);
      const side = await nodeSide("masks.ts", { images, side: SIDE });
      answers.push(await side.ask());
      await side.close();
    }
    const [few, many] = answers;
    const last = sizes[1];
    const rate = (seconds: unknown) => `${(last / Number(seconds)).toFixed(1)} images/s`;
    const lines: Line[] = [
      {
        compares: "peak memory",
        ratio: ratioOf([many.peakBytes], [few.peakBytes]),
        of: `${last} / ${sizes[0]} images`,
        goal: { atMost: 1.1 },
        figures: [inMegabytes(few.peakBytes), inMegabytes(many.peakBytes)],
      },
      {
        compares: "peak memory below 1 GB",
        holds: many.peakBytes < MOST_BYTES,
        figures: [
          `label scores ${rate(many.scoring)}`,
          `IoU, outlines, kinds of errors ${rate(many.measuring)}`,
          `all, with drawing, ${rate(many.seconds)}`,
        ],
      },
    ];
    return lines;
  },
};
