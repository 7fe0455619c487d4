import { join } from "node:path";
import { nativePackagePath } from "../../src/engine/native-path.ts";
import { cifar, larger, part } from "../jpegs.ts";
import type { Network } from "../networks.ts";
import { type Answer, inTurns, median, nodeSide, pythonSide, ratioOf, seconds } from "../side.ts";
import { type Bench, CannotRun, type Line, type Row } from "../types.ts";

const conv = (filters: number) => ({ conv2d: { filters, kernelSize: 3, padding: "same", activation: "relu" } });
const pool = { maxPooling2d: { poolSize: 2 } };
const end = (units: number): Network["architecture"] => [
  { flatten: {} },
  { dense: { units, activation: "relu" } },
  { dense: { units: 10, activation: "softmax" } },
];
const network = (name: string, size: number, body: Network["architecture"]): Network => ({
  ...{ name, size, channels: 3, classes: 10, batchSize: 32, images: 0, task: "classification" },
  architecture: [...body, ...end(128)],
});

/** Speed of one side over the other's: images a second. */
const rate = (answers: Answer[]) => answers.map(({ images, seconds: time }) => (images as number) / time);
const says = (name: string, answers: Answer[]) => {
  const each = median(answers.map(({ cpuSeconds, images }) => (1000 * cpuSeconds) / (images as number)));
  return `${name} ${Math.round(median(rate(answers)))} images/s (processor ${each.toPrecision(3)} ms an image)`;
};

async function compare(bench: Bench, net: Network, folder: string): Promise<Line[]> {
  const python = await bench.python();
  const out = (name: string) => join(bench.scratch, `table-${name}.csv`);
  const ours = (what: string) =>
    nodeSide("infer.ts", { engine: "tensorflow", network: net, folder, what, out: out("ours") });
  const theirs = (what: string) => pythonSide(python, "infer.py", { network: net, folder, what, out: out(what) });
  const lines: Line[] = [];
  const line = async (name: string, open: () => ReturnType<typeof nodeSide>, goal: Line["goal"]) => {
    bench.say(`${net.name}: ${name}`);
    const sides = [await ours("end to end"), await open()];
    const [a, b] = await inTurns(sides, bench.rounds);
    for (const side of sides) await side.close();
    const figures = [says("errata", a), says(name, b)];
    lines.push({
      compares: net.name,
      ratio: ratioOf(seconds(b), seconds(a)),
      of: `speed / ${name}'s speed`,
      goal,
      figures,
    });
  };
  await line("the engine alone", () => ours("engine alone"), { atLeast: 0.9 });
  await line("a loop of Keras and Pillow", () => theirs("keras"), { atLeast: 1 });
  await line("a loop of ONNX Runtime and Pillow", () => theirs("onnxruntime"), { atLeast: 1 });
  return lines;
}

export const inference: Row = {
  name: "inference",
  title: "Inference end to end, JPEG files to a table, on tfjs-node",
  async run(bench) {
    if (!nativePackagePath()) throw new CannotRun("The native engine is not built: npm run native.");
    const small = part(bench, "cifar", cifar(bench), bench.quick ? 30 : 300);
    const large = await larger(bench, 128, bench.quick ? 100 : 1000);
    const few = network("CIFAR-10's JPEGs of 32 x 32, conv32-conv64-conv128 with pools", 32, [
      ...[conv(32), pool, conv(64), pool, conv(128), pool],
    ]);
    const many = network("JPEGs of 128 x 128, conv32-conv64-conv128-conv256 with pools", 128, [
      ...[conv(32), pool, conv(64), pool, conv(128), pool, conv(256), pool],
    ]);
    return [...(await compare(bench, few, small)), ...(await compare(bench, many, large))];
  },
};
