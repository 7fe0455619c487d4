import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { cifar, larger, part } from "../jpegs.ts";
import {
  type Answer,
  inMegabytes,
  inSeconds,
  inTurns,
  median,
  nodeSide,
  pythonSide,
  ratioOf,
  type Side,
  seconds,
} from "../side.ts";
import type { Bench, Line, Row } from "../types.ts";

/** As a local audit does it: two processes ingest shards, then one looks for duplicates. */
async function ourSide(bench: Bench, folder: string): Promise<Side> {
  const tables = join(bench.scratch, "tables");
  rmSync(tables, { recursive: true, force: true });
  mkdirSync(tables, { recursive: true });
  const out = join(tables, "shard");
  const parts = await Promise.all([0, 1].map((i) => nodeSide("scan.ts", { folder, part: i, parts: 2, out })));
  const last = await nodeSide("duplicates.ts", { folder: tables });
  return {
    async ask() {
      const started = performance.now();
      const answers = await Promise.all(parts.map((side) => side.ask()));
      const found = await last.ask();
      const peakBytes = answers.reduce((sum, { peakBytes }) => sum + peakBytes, 0);
      const cpuSeconds = answers.reduce((sum, each) => sum + each.cpuSeconds, found.cpuSeconds);
      return { ...found, peakBytes, cpuSeconds, seconds: (performance.now() - started) / 1000 };
    },
    close: async () => void (await Promise.all([...parts, last].map((side) => side.close()))),
  };
}

/** CleanVision with the faster of one and two jobs, judged by one scan each. */
async function theirSide(bench: Bench, folder: string): Promise<{ side: Side; jobs: number }> {
  const python = await bench.python();
  const sides: { side: Side; jobs: number; time: number }[] = [];
  for (const jobs of [1, 2]) {
    const side = await pythonSide(python, "scan.py", { folder, jobs });
    sides.push({ side, jobs, time: (await side.ask()).seconds });
  }
  sides.sort((a, b) => a.time - b.time);
  await sides[1].side.close();
  return sides[0];
}

async function compare(bench: Bench, title: string, folder: string): Promise<Line[]> {
  bench.say(title);
  const theirs = await theirSide(bench, folder);
  const sides = [await ourSide(bench, folder), theirs.side];
  const [us, them] = await inTurns(sides, Math.min(3, bench.rounds));
  for (const side of sides) await side.close();
  const peak = (answers: Answer[]) => inMegabytes(median(answers.map(({ peakBytes }) => peakBytes)));
  return [
    {
      compares: title,
      ratio: ratioOf(seconds(us), seconds(them)),
      of: "time / CleanVision's time",
      goal: { atMost: 1 / 5 },
      figures: [
        `${inSeconds("errata", us)}, ${us[0].images} images, thumbnails and packs included`,
        `${us[0].duplicates} pairs of duplicates`,
        `${inSeconds("CleanVision", them)} with n_jobs=${theirs.jobs}`,
        `peak memory ${peak(us)} in two processes, CleanVision ${peak(them)}`,
      ],
    },
  ];
}

export const images: Row = {
  name: "images",
  title: "Image scan, quality and duplicates: against CleanVision with its fastest n_jobs",
  async run(bench) {
    const small = bench.quick ? part(bench, "cifar", cifar(bench), 200) : cifar(bench);
    const large = await larger(bench, 640, bench.quick ? 100 : 1000);
    return [
      ...(await compare(bench, `${bench.quick ? "2,000" : "10,000"} JPEGs of CIFAR-10, 32 x 32`, small)),
      ...(await compare(bench, `${bench.quick ? "100" : "1,000"} JPEGs of 640 x 640`, large)),
    ];
  },
};
