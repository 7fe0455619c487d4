import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parse } from "csv-parse/sync";
import fc from "fast-check";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeTabletop } from "../../examples/tabletop/scenes.ts";
import { CLASSES, chooseView, drawView, FRONT_DEGREES } from "../../examples/tabletop/views.ts";
import { InputError } from "../../src/errors.ts";
import { deriveSeed, random } from "../../src/random.ts";

const SMALL = { train: 12, test: 10, size: 24, seed: 3 };

interface Row {
  file: string;
  label: string;
  split: string;
  azimuth: string;
  elevation: string;
  occlusion: string;
  light: string;
}

const rowsOf = (folder: string): Row[] => parse(readFileSync(path.join(folder, "manifest.csv")), { columns: true });

describe("the tabletop example", () => {
  let room: string;
  let front: string;
  beforeAll(async () => {
    room = mkdtempSync(path.join(tmpdir(), "tabletop-"));
    front = path.join(room, "front");
    await writeTabletop(front, { ...SMALL, trainViews: "front" });
  });
  afterAll(() => rmSync(room, { recursive: true, force: true }));

  it("lists every image with its label and split", () => {
    const rows = rowsOf(front);
    expect(rows.map(({ split }) => split)).toEqual([...Array(12).fill("train"), ...Array(10).fill("test")]);
    expect(Object.keys(rows[0])).toEqual(["file", "label", "split", "azimuth", "elevation", "occlusion", "light"]);
    for (const { file, label, split } of rows) {
      expect(file.startsWith(`${split}/${label}/`)).toBe(true);
      expect(existsSync(path.join(front, file))).toBe(true);
    }
    for (const label of CLASSES) expect(rows.filter((row) => row.label === label)).toHaveLength(11);
  });

  it("says the truth about what is in the images", async () => {
    for (const [index, row] of rowsOf(front).entries()) {
      const own = deriveSeed(SMALL.seed, "tabletop", row.split, row.split === "train" ? index : index - SMALL.train);
      const view = { label: row.label as "mug", azimuth: Number(row.azimuth), elevation: Number(row.elevation) };
      const { scene, drawing } = drawView(view, SMALL.size, own);
      const { data, info } = await sharp(path.join(front, row.file)).raw().toBuffer({ resolveWithObject: true });
      expect([info.width, info.height, info.channels]).toEqual([24, 24, 3]);
      expect(data.equals(drawing.pixels)).toBe(true);
      expect(Number(row.occlusion)).toBeCloseTo(drawing.masks[0].occlusion, 3);
      expect(Number(row.light)).toBeCloseTo(scene.light.intensity, 3);
      expect(Number(row.occlusion)).toBeLessThanOrEqual(0.4);
    }
  });

  it("is not drawn again when it is complete, and is when it is not", async () => {
    const progress: number[] = [];
    const options = { ...SMALL, trainViews: "front" } as const;
    const again = await writeTabletop(front, options, (done) => progress.push(done));
    expect(again).toEqual({ request: path.join(front, "errata.json"), images: 22, drawn: false });
    expect(progress).toEqual([]);
    const before = readFileSync(path.join(front, "manifest.csv"), "utf8");
    rmSync(path.join(front, "train", "mug"), { recursive: true });
    expect((await writeTabletop(front, options, (done) => progress.push(done))).drawn).toBe(true);
    expect(progress).toHaveLength(22);
    expect(readFileSync(path.join(front, "manifest.csv"), "utf8")).toBe(before);
  });

  it("sees the same test images whatever training sees", async () => {
    const all = path.join(room, "all");
    await writeTabletop(all, { ...SMALL, trainViews: "all" });
    const tested = (folder: string) => rowsOf(folder).filter(({ split }) => split === "test");
    expect(tested(all)).toEqual(tested(front));
    const gap = ({ azimuth }: Row) => Number(azimuth) > FRONT_DEGREES && Number(azimuth) < 360 - FRONT_DEGREES;
    expect(
      rowsOf(front)
        .filter(({ split }) => split === "train")
        .some(gap),
    ).toBe(false);
    expect(
      rowsOf(all)
        .filter(({ split }) => split === "train")
        .some(gap),
    ).toBe(true);
  });

  it("asks for an audit with a recipe that fits the images", () => {
    const request = JSON.parse(readFileSync(path.join(front, "errata.json"), "utf8"));
    expect(request).toMatchObject({
      schema: "errata/request@1",
      task: "classification",
      data: { path: "manifest.csv" },
    });
    const recipe = JSON.parse(readFileSync(path.join(front, request.subject.recipe), "utf8"));
    expect(recipe.input.size).toEqual([24, 24]);
    expect(recipe.architecture.at(-1)).toEqual({ dense: { units: "classes", activation: "softmax" } });
  });

  it("leaves a folder with other files alone", async () => {
    const other = mkdtempSync(path.join(room, "other-"));
    writeFileSync(path.join(other, "thesis.txt"), "");
    await expect(writeTabletop(other, { ...SMALL, trainViews: "front" })).rejects.toThrow(InputError);
    expect(readdirSync(other)).toEqual(["thesis.txt"]);
    await expect(writeTabletop(other, { trainViews: "front", size: 8 })).rejects.toThrow(/size.*whole number/);
  });

  it("keeps views within their range", () => {
    fc.assert(
      fc.property(fc.integer(), fc.constantFrom(...CLASSES), (seed, label) => {
        const seen = chooseView(random(seed), label, "front");
        expect(Math.min(seen.azimuth, 360 - seen.azimuth)).toBeLessThanOrEqual(FRONT_DEGREES);
        const { azimuth, elevation } = chooseView(random(seed), label, "all");
        expect(azimuth).toBeGreaterThanOrEqual(0);
        expect(azimuth).toBeLessThan(360);
        expect(elevation).toBeGreaterThanOrEqual(8);
        expect(elevation).toBeLessThanOrEqual(38);
      }),
    );
  });
});
