import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inMegabytes, inSeconds, inTurns, leanSide, pythonSide, ratioOf, seconds } from "../side.ts";
import type { Bench, Line, Row } from "../types.ts";

const SIZES = [
  { images: 1_000_000, classes: 10 },
  { images: 100_000, classes: 1000 },
];

const FASTER: Line["goal"] = { atMost: 1 / 5 };
const SMALLER: Line["goal"] = { atMost: 1 / 4 };

export const labels: Row = {
  name: "labels",
  title: "Label issues from the same probabilities: against cleanlab's default and its batched form",
  async run(bench) {
    const python = await bench.python();
    const lines: Line[] = [];
    for (const full of SIZES) {
      const size = bench.quick ? { ...full, images: full.images / 20 } : full;
      const folder = await make(bench, python, size);
      lines.push(...(await compare(bench, python, folder, `${size.images.toLocaleString("en")} x ${size.classes}`)));
      rmSync(folder, { recursive: true });
    }
    return lines;
  },
};

async function make(bench: Bench, python: string, size: { images: number; classes: number }): Promise<string> {
  const folder = join(bench.scratch, `labels-${size.images}-${size.classes}`);
  if (existsSync(join(folder, "made"))) return folder;
  bench.say(`Drawing probabilities of ${size.images} images and ${size.classes} classes`);
  mkdirSync(folder, { recursive: true });
  const maker = await pythonSide(python, "make_labels.py", { ...size, folder });
  await maker.ask();
  await maker.close();
  writeFileSync(join(folder, "made"), "");
  return folder;
}

async function compare(bench: Bench, python: string, folder: string, size: string): Promise<Line[]> {
  const lines: Line[] = [];
  const turn = async (what: "command" | "mask", form: "default" | "batched" | "mask") => {
    bench.say(`${size}: ${form}`);
    const sides = [
      await leanSide(bench.scratch, "labels.ts", { folder, what }),
      await pythonSide(python, "labels.py", { folder, what: form }),
    ];
    // Memory is that of the first time, in a fresh process, as one runs a command: later ones find what was left to collect.
    const peaks: number[] = [];
    for (const side of sides) peaks.push((await side.ask()).peakBytes);
    const answers = await inTurns(sides, Math.min(3, bench.rounds), { warm: false });
    for (const side of sides) await side.close();
    return { answers, peaks };
  };
  for (const form of ["default", "batched"] as const) {
    const {
      answers: [ours, theirs],
      peaks,
    } = await turn("command", form);
    const compares = `${size}, from disk, cleanlab's ${form} form`;
    lines.push(
      {
        compares,
        ratio: ratioOf(seconds(ours), seconds(theirs)),
        of: "time / cleanlab's time",
        goal: FASTER,
        figures: [
          inSeconds("errata labels, files to table", ours),
          inSeconds(`cleanlab ${form}, files to indices`, theirs),
        ],
      },
      {
        compares,
        ratio: ratioOf([peaks[0]], [peaks[1]]),
        of: "peak memory / cleanlab's, both with their runtimes",
        goal: SMALLER,
        figures: [`errata labels ${inMegabytes(peaks[0])}`, `cleanlab ${form} ${inMegabytes(peaks[1])}`],
      },
    );
  }
  const {
    answers: [ours, theirs],
  } = await turn("mask", "mask");
  lines.push(
    {
      compares: `${size}, confident learning's mask, arrays in memory`,
      ratio: ratioOf(seconds(ours), seconds(theirs)),
      of: "time / cleanlab's time",
      goal: FASTER,
      figures: [inSeconds("errata", ours), inSeconds("cleanlab", theirs)],
    },
    {
      compares: `${size}: the two masks are identical`,
      holds: ours[0].digest === theirs[0].digest,
      figures: [`${ours[0].flagged} and ${theirs[0].flagged} labels flagged`],
    },
  );
  return lines;
}
