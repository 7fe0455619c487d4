import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { zipSync } from "fflate";
import sharp from "sharp";
import { afterAll, describe, expect, it } from "vitest";
import { writeNpy } from "../../src/dataset/npy.ts";
import { random } from "../../src/random.ts";
import { DATA, draw, hasData, mnist, temporaryFolder } from "../support/data.ts";
import { openTested } from "../support/engine.ts";
import { ENGINE, errata } from "../support/errata.ts";
import { SCENE_CLASSES, writeMaskedScenes } from "../support/masked-scenes.ts";
import { writeSavedModel } from "../support/saved-model.ts";

const README = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
const SCRIPTS = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")).scripts;

/** Every command of the README's shell blocks, comments taken off. */
const commands = [...README.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, block]) =>
  block
    .split("\n")
    .map((line) => line.replace(/\s+#.*$/, "").trim())
    .filter(Boolean),
);

/** A command line's words, quotes taken off. */
const words = (line: string): string[] =>
  [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain);

/** These reach AWS: without an account they say so at once; what they do with one is shown on an emulator (test/cloud). */
const IN_THE_CLOUD = ["submit", "status"];
const NO_ACCOUNT = { AWS_REGION: undefined, AWS_DEFAULT_REGION: undefined, AWS_PROFILE: undefined };
const expectedCodes = (command: string): number[] =>
  IN_THE_CLOUD.includes(command) ? [2] : command === "gate" ? [0, 1] : [0];

const folder = temporaryFolder();
afterAll(folder.remove);

/** What the README's user has: images, a recipe, a model, arrays. */
async function prepare(): Promise<void> {
  const digits = draw(mnist("train"), 150, 1);
  mkdirSync(join(folder.path, "my-images"));
  for (let i = 0; i < digits.labels.length; i++) {
    const path = join(folder.path, "my-images", `digit ${digits.labels[i]}`);
    mkdirSync(path, { recursive: true });
    await sharp(digits.pixels.slice(i * 784, (i + 1) * 784), { raw: { width: 28, height: 28, channels: 1 } })
      .png()
      .toFile(join(path, `${i}.png`));
  }
  await writeMaskedScenes(join(folder.path, "my-scans"), 60, 24, 1);
  cpSync(join(folder.path, "my-scans/masks"), join(folder.path, "predicted"), { recursive: true });
  await writeSegmenter(join(folder.path, "segmenter"));
  writeFileSync(join(folder.path, "recipe.json"), /```json\n([\s\S]*?)```/.exec(README)![1]);
  copyFileSync(join(DATA, "models/mnist.onnx"), join(folder.path, "model.onnx"));
  const array = (from: number, to: number) => ({
    images: writeNpy(digits.pixels.slice(from * 784, to * 784), [to - from, 28, 28]),
    labels: writeNpy(digits.labels.slice(from, to), [to - from, 1]),
  });
  const [train, test] = [array(0, 100), array(100, 150)];
  writeFileSync(
    join(folder.path, "data.npz"),
    zipSync({
      "train_images.npy": train.images,
      "train_labels.npy": train.labels,
      "test_images.npy": test.images,
      "test_labels.npy": test.labels,
    }),
  );
  const chance = random(1);
  const probabilities = new Float32Array(150 * 10);
  digits.labels.forEach((label, i) => {
    const said = chance.float() < 0.9 ? label : chance.int(10);
    for (let k = 0; k < 10; k++) probabilities[i * 10 + k] = k === said ? 0.82 : 0.02;
  });
  writeFileSync(join(folder.path, "pred_probs.npy"), writeNpy(probabilities, [150, 10]));
  writeFileSync(join(folder.path, "labels.npy"), writeNpy(Int32Array.from(digits.labels), [150]));
}

/** A network of one layer: what it says of the scenes is of no matter here. */
async function writeSegmenter(path: string): Promise<void> {
  const { layers } = await openTested();
  const answer = { filters: SCENE_CLASSES.length, kernelSize: 3, padding: "same", activation: "softmax" } as const;
  const net = layers.sequential({ layers: [layers.layers.conv2d({ inputShape: [24, 24, 3], ...answer })] });
  await writeSavedModel(net, path);
  net.dispose();
}

describe("the README", () => {
  it("names npm scripts that exist", () => {
    for (const line of commands)
      for (const [, script] of line.matchAll(/npm (?:run )?([\w:]+)/g))
        if (!["ci", "run"].includes(script)) expect(Object.keys(SCRIPTS), line).toContain(script);
  });

  it.runIf(hasData("mnist"))("gives commands that do what it says", async () => {
    await prepare();
    for (const line of commands.filter((each) => each.startsWith("npx errata"))) {
      const args = words(line).slice(2);
      const extra =
        args[0] === "audit" ? ["--engine", ENGINE, ...(args.includes("--effort") ? [] : ["--effort", "quick"])] : [];
      const { code, stderr } = await errata([...args, ...extra], { cwd: folder.path, env: NO_ACCOUNT });
      if (IN_THE_CLOUD.includes(args[0])) expect(stderr).toContain("AWS_REGION: No region is set.");
      expect(expectedCodes(args[0]), `${line}\n${stderr}`).toContain(code);
      console.log(`${line}: exit code ${code}`);
    }
    for (const file of [
      "errata-out/my-images/report.json",
      "errata-out/my-images/index.html",
      "my-images/errata.json",
      "label_issues.csv",
    ])
      expect(existsSync(join(folder.path, file)), file).toBe(true);
  });
});
