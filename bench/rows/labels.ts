import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Answer, inMegabytes, inSeconds, inTurns, nodeSide, pythonSide, ratioOf, seconds } from "../side.ts";
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
  const turn = async (ours: "command" | "mask", theirs: "default" | "batched" | "mask") => {
    bench.say(`${size}: ${theirs}`);
    const sides = [
      await nodeSide("labels.ts", { folder, what: ours }),
      await pythonSide(python, "labels.py", { folder, what: theirs }),
    ];
    const answers = await inTurns(sides, Math.min(3, bench.rounds));
    for (const side of sides) await side.close();
    return answers;
  };
  const peak = (answers: Answer[]) => answers.map(({ peakBytes }) => peakBytes);
  for (const form of ["default", "batched"] as const) {
    const [ours, theirs] = await turn("command", form);
    const memory = [ours, theirs].map(
      (side, i) => `${["errata labels", `cleanlab ${form}`][i]} ${inMegabytes(Math.max(...peak(side)))}`,
    );
    const times = [
      inSeconds("errata labels, files to table", ours),
      inSeconds(`cleanlab ${form}, files to indices`, theirs),
    ];
    lines.push(
      {
        compares: `${size}, from disk, cleanlab's ${form} form`,
        ratio: ratioOf(seconds(ours), seconds(theirs)),
        of: "time / cleanlab's time",
        goal: FASTER,
        figures: times,
      },
      {
        compares: `${size}, from disk, cleanlab's ${form} form`,
        ratio: ratioOf(peak(ours), peak(theirs)),
        of: "peak memory / cleanlab's, both with their runtimes",
        goal: SMALLER,
        figures: memory,
      },
    );
  }
  const [ours, theirs] = await turn("mask", "mask");
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
