/** Bad input through the real command line: a message with file, field and remedy, exit code 2, nothing half-written. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import pMap from "p-map";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { temporaryFolder } from "../support/data.ts";
import { audited, type Ended, errata } from "../support/errata.ts";
import { BLINK, write, writePictures } from "../support/pictures.ts";
import { BAD_INPUTS, type BadInput, prepare } from "./fixtures/bad-inputs.ts";

const folder = temporaryFolder();
/** For a machine that others are busy on; half a minute else. */
const MINUTES = 5;
const ended = new Map<string, Ended>();
const outOf = ({ name }: BadInput) => join(folder.path, "out", name.replaceAll(/\W+/g, "-"));

beforeAll(async () => {
  await prepare(folder.path);
  await pMap(
    BAD_INPUTS.filter(({ skip }) => !skip),
    async (bad) => {
      const args = ["audit", ...bad.args, "--effort", "quick", "--workers", "1"];
      if (!bad.args.includes("--out")) args.push("--out", outOf(bad));
      if (!bad.args.includes("--engine")) args.push("--engine", "wasm");
      const env = bad.withoutNative
        ? { NODE_OPTIONS: `--require=${resolve(import.meta.dirname, "fixtures/without-native.cjs")}` }
        : {};
      ended.set(bad.name, await errata(args, { cwd: folder.path, env }));
    },
    { concurrency: 2 },
  );
  if (process.env.ERRATA_SHOW)
    for (const [name, { code, stderr }] of ended) console.log(`## ${name} -> ${code}\n${stderr}`);
}, MINUTES * 60_000);
afterAll(folder.remove);

test("images that cannot be used among many good ones are listed and passed over", async () => {
  const data = join(folder.path, "some-bad");
  await writePictures(data, ["mug", "plate"], 12);
  const whole = await sharp({ create: { width: 64, height: 64, channels: 3, background: "teal" } })
    .jpeg()
    .toBuffer();
  const huge = await sharp({ create: { width: 12_000, height: 12_000, channels: 3, background: "teal" } })
    .png()
    .toBuffer();
  write(data, {
    "mug/truncated.jpg": whole.subarray(0, whole.length - 200),
    "mug/zero.png": "",
    "plate/144-megapixels.png": huge,
    "plate/text.jpg": "This is a text.",
    "recipe.json": BLINK,
  });
  const out = join(folder.path, "out", "some-bad");
  const args = [data, "--recipe", join(data, "recipe.json"), "--effort", "quick", "--engine", "wasm", "--out", out];
  const report = await audited(args);
  expect(Object.fromEntries(report.dataset.rejected.map(({ file, problem }) => [file, problem]))).toEqual({
    "mug/truncated.jpg": expect.stringMatching(/cut off or damaged/),
    "mug/zero.png": expect.stringMatching(/empty/),
    "plate/144-megapixels.png": expect.stringMatching(/more than 40 megapixels/),
    "plate/text.jpg": expect.stringMatching(/not a JPEG/),
  });
  expect(report.dataset.images).toBe(24);
  const { splits } = report.dataset;
  expect(splits.train + splits.validation + splits.test).toBe(24);
  expect(existsSync(join(out, "index.html"))).toBe(true);
}, 180_000);

test("a full disk is said in a sentence, and no report is begun", async (context) => {
  const disk = join(folder.path, "disk");
  mkdirSync(disk);
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", disk]).status === 0;
  if (!mounted) return context.skip("a small disk can be mounted by root on Linux only");
  try {
    const args = ["good", "--effort", "quick", "--engine", "wasm", "--workers", "1", "--out", join(disk, "out")];
    const { code, stdout, stderr } = await errata(["audit", ...args], { cwd: folder.path });
    expect(code, stderr).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toMatch(/disk.out.*: The disk is full\. Free some space, then run the same command again/);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(readdirSync(join(disk, "out"))).not.toContain("report.json");
    expect(readdirSync(join(disk, "out"))).not.toContain("index.html");
  } finally {
    spawnSync("umount", ["-l", disk]);
  }
}, 120_000);

test.each(BAD_INPUTS.map((bad) => [bad.name, bad] as const))("%s", (_, bad) => {
  if (bad.skip) return void console.log(`skipped: ${bad.name}: ${bad.skip}`);
  const { code, stdout, stderr } = ended.get(bad.name)!;
  expect(code, stderr).toBe(2);
  expect(stdout).toBe("");
  for (const part of bad.says) expect(stderr).toMatch(part);
  expect(stderr).not.toMatch(/\n\s+at /);
  const out = outOf(bad);
  expect(existsSync(out) ? readdirSync(out) : []).toEqual([]);
  expect(existsSync(out)).toBe(false);
});
