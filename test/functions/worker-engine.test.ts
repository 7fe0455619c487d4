/** Who trains: a GPU worker's engine goes into the run although the functions, which take the request in, have another. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { GPU_WORKER, openRun } from "../../functions/intake/open-run.ts";
import { contextOf } from "../../src/pipeline/plan.ts";
import type { Ports } from "../../src/pipeline/ports.ts";
import { readIntake } from "../../src/pipeline/stages/collected.ts";
import stages from "../../src/pipeline/stages/index.ts";
import { runOf } from "../../src/platform/aws/run-name.ts";
import { openFiles } from "../../src/platform/local/files.ts";
import { makeWorld } from "../pipeline/memory.ts";
import { temporaryFolder } from "../support/data.ts";
import { write, writePictures } from "../support/pictures.ts";

const folder = temporaryFolder();
afterAll(folder.remove);
const hooks = { progress: () => {}, signal: new AbortController().signal };
const UPLOAD = { dataset: "mugs", version: "1", bytes: 100 };
const run = runOf(UPLOAD);
let ports: Ports;

beforeAll(async () => {
  await writePictures(join(folder.path, "datasets/mugs"), ["mug", "plate"], 4);
  write(folder.path, { "datasets/mugs/errata.json": { schema: "errata/request@1" } });
});

/** What intake found out, with the GPU workers' engine as given. */
async function intakeOf(trainedBy?: typeof GPU_WORKER) {
  ports = { ...makeWorld(), dataset: (location) => openFiles(join(folder.path, location)) };
  await openRun(ports, stages(), UPLOAD, { deadlineMinutes: 60, trainedBy });
  const context = await contextOf(ports, stages(), run, { stage: "intake", round: 0 });
  await stages()[0].work(context, { id: "intake" }, hooks);
  return readIntake(context);
}

it("is the worker where it has an engine of its own", async () => {
  expect((await intakeOf(GPU_WORKER)).engine).toEqual(GPU_WORKER);
});

it("is what the functions have where it has not", async () => {
  const { engine } = await intakeOf();
  expect(engine.version).not.toBe(GPU_WORKER.version);
});

it("is named as the worker's image has it", () => {
  const file = (name: string) => readFileSync(new URL(`../../${name}`, import.meta.url), "utf8");
  const { optionalDependencies, dependencies } = JSON.parse(file("package.json"));
  expect(file("functions/worker/Dockerfile")).toContain("node_modules/webgpu/dist/linux-x64/dawn.node");
  expect(GPU_WORKER.version).toContain(`webgpu ${optionalDependencies.webgpu} `);
  expect(GPU_WORKER.version).toContain(`tfjs ${dependencies["@tensorflow/tfjs-core"]},`);
});
