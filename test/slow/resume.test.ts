/** Stopping, going on, running again: through the real command line, on a dataset that is trained in a blink. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Report, reportSchema } from "../../src/report/schema.ts";
import { temporaryFolder } from "../support/data.ts";
import { audited, confirmedCauses, ENGINE, type Ended, errata, startErrata, withoutTimes } from "../support/errata.ts";
import { BLINK, npy, picture, write, writePictures } from "../support/pictures.ts";

const folder = temporaryFolder();
const data = join(folder.path, "data");
const at = (name: string) => join(folder.path, name);
const args = (out: string) => [
  ...[data, "--recipe", join(data, "recipe.json")],
  ...["--effort", "quick", "--engine", ENGINE, "--workers", "2", "--out", at(out)],
];
let whole: Report;

beforeAll(async () => {
  await writePictures(data, ["mug", "plate"], 20, { prefix: "train/" });
  await writePictures(data, ["mug", "plate"], 8, { prefix: "test/" });
  write(data, { "recipe.json": BLINK });
  whole = await audited(args("whole"));
});
afterAll(folder.remove);

/** Starts an audit and ends it with a signal to its whole group once a first training run is stored: progress lines come too seldom to wait for. */
async function interrupted(out: string, signal: NodeJS.Signals): Promise<Ended> {
  const { child, ended } = startErrata(["audit", ...args(out)], { detached: true });
  const results = join(at(out), ".errata", "objects", "cache", "results");
  while (!(existsSync(results) && readdirSync(results).length > 0) && child.exitCode === null) await sleep(20);
  process.kill(-child.pid!, signal);
  return ended;
}

test("an audit that is killed goes on with the same command, to the same report", async () => {
  await interrupted("killed", "SIGKILL");
  expect(existsSync(join(at("killed"), "report.json"))).toBe(false);
  expect(existsSync(join(at("killed"), "index.html"))).toBe(false);
  const { code, stdout, stderr } = await errata(["audit", ...args("killed"), "--json"]);
  expect(code, stderr).toBe(0);
  expect(stderr).toContain("An interrupted audit of the same data was found and finished.");
  expect(withoutTimes(reportSchema.parse(JSON.parse(stdout)))).toEqual(withoutTimes(whole));
});

test("Ctrl-C ends with 130 and says that the same command goes on; so it does", async () => {
  const { code, stdout, stderr } = await interrupted("stopped", "SIGINT");
  expect(code, stderr).toBe(130);
  expect(stdout).toBe("");
  expect(stderr).toContain("Stopped. The same command goes on from here.");
  expect(stderr).not.toMatch(/\n\s+at /);
  expect(existsSync(join(at("stopped"), "report.json"))).toBe(false);
  expect(withoutTimes(await audited(args("stopped")))).toEqual(withoutTimes(whole));
});

test("two audits with one seed are identical, times aside", async () => {
  expect(withoutTimes(await audited(args("again")))).toEqual(withoutTimes(whole));
});

test("a finished audit that is run again takes all training runs from the cache, and says how many", async () => {
  const again = await audited(args("whole"));
  expect(again.cost.trainingRuns).toBe(0);
  expect(again.cost.fromCache).toBe(whole.cost.trainingRuns + whole.cost.fromCache);
  expect(withoutTimes(again)).toEqual(withoutTimes(whole));
  const { code, stdout } = await errata(["audit", ...args("whole")]);
  expect(code).toBe(0);
  expect(stdout).toMatch(
    new RegExp(`0 training runs, ${again.cost.fromCache}\\s+more\\s+taken\\s+from\\s+the\\s+cache`),
  );
});

test("after test images changed nothing comes from the cache: every model is asked about them", async () => {
  write(data, { "test/mug/000.png": await picture(0, 900), "test/plate/001.png": await picture(1, 901) });
  const report = await audited(args("whole"));
  expect(report.dataset.digest).not.toBe(whole.dataset.digest);
  expect(report.cost.fromCache).toBe(0);
  expect(report.cost.trainingRuns).toBeGreaterThan(0);
});

test("at another effort, what both ask for comes from the cache", async () => {
  const report = await audited([...args("whole"), "--effort", "standard"]);
  expect(report.run.effort).toBe("standard");
  expect(report.cost.fromCache).toBeGreaterThan(0);
  expect(report.cost.trainingRuns).toBeGreaterThan(0);
});

test("after the recipe changed back, everything comes from the cache", async () => {
  write(data, { "recipe.json": { ...BLINK, fit: { ...BLINK.fit, epochs: 2 } } });
  const longer = await audited(args("whole"));
  expect(longer.cost.trainingRuns).toBeGreaterThan(0);
  write(data, { "recipe.json": BLINK });
  const back = await audited(args("whole"));
  expect(back.cost.trainingRuns).toBe(0);
  expect(back.cost.fromCache).toBeGreaterThan(0);
});

test("predictions and saved models are audited without any cause confirmed", async () => {
  const rows = Array.from({ length: 56 }, (_, i) => (i % 3 === 0 ? [0.9, 0.1] : [0.2, 0.8]));
  write(data, { "pred_probs.npy": npy(rows) });
  const common = ["--effort", "quick", "--engine", ENGINE, "--out"];
  const predicted = await audited([data, "--predictions", join(data, "pred_probs.npy"), ...common, at("predictions")]);
  expect(predicted.subject.kind).toBe("predictions");
  expect(confirmedCauses(predicted)).toEqual([]);
  expect(predicted.cost.trainingRuns).toBe(0);
  await saveModel(join(folder.path, "model"));
  const modelled = await audited([data, "--model", join(folder.path, "model"), ...common, at("model-report")]);
  expect(modelled.subject.kind).toBe("model");
  expect(confirmedCauses(modelled)).toEqual([]);
  expect(modelled.cost.trainingRuns).toBe(0);
});

test("errata init writes an errata.json that errata audit accepts", async () => {
  const { code, stdout, stderr } = await errata(["init", data]);
  expect(code, stderr).toBe(0);
  expect(stdout).toContain("errata.json");
  const report = await audited([
    join(data, "errata.json"),
    ...["--effort", "quick", "--engine", ENGINE, "--out", at("init")],
  ]);
  expect(report.dataset.images).toBe(56);
  expect(report.subject.kind).toBe("recipe");
});

/** A tfjs layers model, as `model.save` writes it: flatten and dense, weights zero. */
async function saveModel(path: string): Promise<void> {
  const layers = [
    {
      class_name: "Flatten",
      config: { name: "flatten", trainable: true, batch_input_shape: [null, 8, 8, 1], dtype: "float32" },
    },
    {
      class_name: "Dense",
      config: { name: "dense", trainable: true, units: 2, activation: "softmax", use_bias: true },
    },
  ];
  const weights = [
    { name: "dense/kernel", shape: [64, 2], dtype: "float32" },
    { name: "dense/bias", shape: [2], dtype: "float32" },
  ];
  write(path, {
    "model.json": {
      format: "layers-model",
      modelTopology: {
        class_name: "Sequential",
        config: { name: "tiny", layers },
        keras_version: "tfjs-layers 4.22.0",
        backend: "tensor_flow.js",
      },
      weightsManifest: [{ paths: ["weights.bin"], weights }],
    },
    "weights.bin": new Uint8Array(
      Float32Array.from({ length: 130 }, (_, i) => (i < 128 ? ((i % 16) - 7.5) / 50 : 0)).buffer,
    ),
  });
}
