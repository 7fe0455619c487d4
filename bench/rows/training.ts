import { nativePackagePath } from "../../src/engine/native-path.ts";
import { NETWORKS } from "../networks.ts";
import { inSeconds, inTurns, nodeSide, pythonSide, ratioOf, type Side, seconds } from "../side.ts";
import { type Bench, CannotRun, type Line, type Row } from "../types.ts";

/** Two sides that train each network. */
async function compare(
  bench: Bench,
  open: (network: (typeof NETWORKS)[number]) => Promise<[Side, Side]>,
  line: (network: string, times: [number[], number[]]) => Omit<Line, "compares" | "figures">,
  names: [string, string],
): Promise<Line[]> {
  const lines: Line[] = [];
  for (const each of NETWORKS) {
    bench.say(each.name);
    const network = bench.quick ? { ...each, images: each.images / 8 } : each;
    const sides = await open(network);
    const answers = await inTurns(sides, bench.rounds);
    for (const side of sides) await side.close();
    const figures = names.map((name, i) => `${inSeconds(name, answers[i])} an epoch of ${network.images}`);
    lines.push({ compares: each.name, ...line(each.name, [seconds(answers[0]), seconds(answers[1])]), figures });
  }
  return lines;
}

function needNative(): void {
  if (!nativePackagePath()) throw new CannotRun("The native engine is not built: npm run native.");
}

export const trainingBesideKeras: Row = {
  name: "training-keras",
  title: "Training the article's three networks: tfjs-node against Python Keras",
  async run(bench) {
    needNative();
    const python = await bench.python();
    return compare(
      bench,
      async (network) => [
        await nodeSide("train.ts", { engine: "tensorflow", network }),
        await pythonSide(python, "train.py", { network }),
      ],
      (_, [ours, keras]) => ({ ratio: ratioOf(ours, keras), of: "time / Keras' time", goal: { atMost: 1.15 } }),
      ["tfjs-node", "Keras"],
    );
  },
};

export const trainingPortable: Row = {
  name: "training-portable",
  title: "Training the same networks: the portable engine with two threads against tfjs-node",
  async run(bench) {
    needNative();
    return compare(
      bench,
      async (network) => [
        await nodeSide("train.ts", { engine: "wasm", threads: 2, network }),
        await nodeSide("train.ts", { engine: "tensorflow", network }),
      ],
      (_, [wasm, native]) => ({
        ratio: ratioOf(native, wasm),
        of: "speed / tfjs-node's speed",
        goal: { atLeast: 0.1 },
      }),
      ["portable", "tfjs-node"],
    );
  },
};
