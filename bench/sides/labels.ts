/** Label issues by the project: the command from files to a table, or confident learning's mask of arrays in memory. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { runLabels } from "../../cli/labels.ts";
import { readNpy } from "../../src/dataset/npy.ts";
import { addToThresholds, classThresholds, emptyThresholds, offDiagonal } from "../../src/stats/confident-joint.ts";
import { optionsOf, serve } from "./serve.ts";

const { folder, what } = optionsOf<{ folder: string; what: "command" | "mask" }>();
const labelsFile = join(folder, "labels.npy");
const probabilitiesFile = join(folder, "pred_probs.npy");

async function command(): Promise<object> {
  const quiet = { stdout: { write: () => true }, stderr: process.stderr };
  const out = join(folder, "label_issues.csv");
  const { flagged } = await runLabels({ labels: labelsFile, predProbs: probabilitiesFile, out }, quiet);
  return { flagged };
}

async function mask(): Promise<object> {
  const labels = Int32Array.from((await readNpy(labelsFile)).data);
  const { data, shape } = await readNpy(probabilitiesFile);
  const started = performance.now();
  const sketch = emptyThresholds(shape[1]);
  addToThresholds(sketch, labels, data);
  const found = offDiagonal(labels, data, classThresholds(sketch));
  const seconds = (performance.now() - started) / 1000;
  const digest = createHash("sha256").update(found).digest("hex");
  return { seconds, digest, flagged: found.reduce((sum, value) => sum + value, 0) };
}

await serve(what === "command" ? command : mask);
