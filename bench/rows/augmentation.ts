import { nativePackagePath } from "../../src/engine/native-path.ts";
import type { Augmentation } from "../../src/model/types.ts";
import type { Network } from "../networks.ts";
import { type Answer, inTurns, median, nodeSide, ratioOf, seconds } from "../side.ts";
import type { Line, Row } from "../types.ts";

const conv = (filters: number) => ({ conv2d: { filters, kernelSize: 3, padding: "same", activation: "relu" } });
const pool = { maxPooling2d: { poolSize: 2 } };
const end = [
  { flatten: {} },
  { dense: { units: 64, activation: "relu" } },
  { dense: { units: 10, activation: "softmax" } },
];
const SIZES: Pick<Network, "size" | "channels">[] = [
  { size: 28, channels: 1 },
  { size: 64, channels: 3 },
];
const BATCH = 32;
/** What recipes usually ask for. */
const AUGMENTATION: Augmentation = {
  rotation: 15,
  shift: 0.1,
  zoom: 0.1,
  horizontalFlip: true,
  brightness: 0.2,
  contrast: 0.2,
};

/** The three sides: without augmentation, with it in the step, with it in a thread beside the step. */
const SIDES = [
  { name: "without" },
  { name: "in the step", augmentation: AUGMENTATION, thread: "never" },
  { name: "in a thread", augmentation: AUGMENTATION, thread: "always" },
];

const step = (answers: Answer[]): string => {
  const each = answers.map(({ seconds: time, steps }) => (1000 * time) / (steps as number));
  const busy = answers.map(({ cpuSeconds, steps }) => (1000 * cpuSeconds) / (steps as number));
  return `${median(each).toPrecision(3)} ms a step (processor ${median(busy).toPrecision(3)} ms)`;
};

/** What of a step with augmentation is not there without it. */
const shareOf = (longer: number[], without: number[]): string =>
  `${(100 * median(longer.map((time, i) => 1 - without[i] / time))).toFixed(0)} % of the step`;

export const augmentation: Row = {
  name: "augmentation",
  title: "What augmentation costs a training step, in the step and in a thread beside it",
  async run(bench) {
    const lines: Line[] = [];
    for (const engine of nativePackagePath() ? ["tensorflow", "wasm"] : ["wasm"])
      for (const { size, channels } of SIZES) {
        const compares = `${engine}, one thread, ${size}x${size}x${channels}, conv16-conv32 with pools, batch ${BATCH}`;
        bench.say(compares);
        // Enough steps for the thread's start, which is counted, to weigh little.
        const steps = (bench.quick ? 128 : 512) / (engine === "wasm" ? 4 : 1);
        const images = steps * BATCH;
        const body = [conv(16), pool, conv(32), pool, ...end];
        const network = { size, channels, images, architecture: body, classes: 10, batchSize: BATCH };
        const open = (each: object) => nodeSide("train.ts", { engine, threads: 1, network, ...each });
        const sides = await Promise.all(SIDES.map(open));
        const answers = await inTurns(sides, bench.rounds);
        for (const side of sides) await side.close();
        const [without, within, beside] = answers.map(seconds);
        lines.push({
          compares,
          ratio: ratioOf(beside, within),
          of: "time in a thread / in the step",
          figures: [
            ...SIDES.map(({ name }, i) => `${name} ${step(answers[i])}`),
            `on the hot path: ${shareOf(within, without)}; with the thread ${shareOf(beside, without)}`,
          ],
        });
      }
    return lines;
  },
};
