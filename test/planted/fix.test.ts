import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { Report } from "../../src/report/schema.ts";
import { temporaryFolder } from "../support/data.ts";
import { adviceOf, merged } from "./fix.ts";
import type { Setting } from "./types.ts";

const folder = temporaryFolder();
afterAll(folder.remove);

/** Rows 0..5 are training, 6..9 test images. */
const setting = {
  data: {
    shape: { height: 8, width: 8, channels: 3 },
    labels: new Uint8Array(10),
    classes: ["truck", "bird"],
    parts: Array.from({ length: 10 }, (_, row) => (row < 6 ? "train" : "test")),
  },
  recipe: { fit: { epochs: 3 }, compile: { loss: "hinge" } },
} as unknown as Setting;

const file = (row: number) => `images/0000${row}.png`;
const report = (...causes: object[]): Report =>
  ({
    dataset: { classes: ["bird", "truck"] },
    causes: causes.map((cause) => ({ verdict: "confirmed", experiment: {}, ...cause })),
  }) as unknown as Report;
const advice = (...causes: object[]) => adviceOf(report(...causes), folder.path, setting, 1);

describe("doing what a report advises", () => {
  it("leaves out the training images that it names", async () => {
    const { rows } = await advice({ cause: "image-quality", images: 2, remedy: { files: [file(1), file(4)] } });
    expect(rows).toEqual([0, 2, 3, 5]);
  });

  it("reads the table of wrong labels where the list of files is cut off", async () => {
    const lines = [1, 2, 7].map((row) => `${file(row)},${row === 2 ? "False" : "True"},${row < 6 ? "train" : "test"}`);
    writeFileSync(join(folder.path, "label_issues.csv"), ["file,is_label_issue,split", ...lines].join("\n"));
    const finding = { cause: "label-noise", images: 3, table: "label_issues", remedy: { files: [file(5)] } };
    expect((await advice(finding)).rows).toEqual([0, 2, 3, 4, 5]);
  });

  it("moves half of the slice that training lacks into it", async () => {
    const files = [6, 7, 8, 9].map(file);
    const { rows } = await advice({ cause: "coverage-gap", images: 4, remedy: { files } });
    expect(rows.slice(0, 6)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(rows.slice(6).every((row) => row >= 6)).toBe(true);
    expect(new Set(rows).size).toBe(8);
  });

  it("collects more where all that was proved is that more images help", async () => {
    const lacking = { cause: "insufficient-data", experiment: { takesAway: true }, remedy: {} };
    const { rows, says } = await advice(lacking);
    expect(rows.slice(0, 6)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(rows.slice(6).every((row) => row >= 6)).toBe(true);
    expect(new Set(rows).size).toBe(8);
    expect(says).toHaveLength(1);
  });

  it("writes changes into the recipe, and heeds nothing but what was confirmed", async () => {
    const { recipe, says } = await advice(
      { cause: "training-length", remedy: { change: { fit: { epochs: 9 } } } },
      { cause: "overfit", verdict: "suspected", remedy: { change: { fit: { epochs: 1 } } } },
      { cause: "insufficient-data", experiment: { takesAway: true }, remedy: {} },
    );
    expect(recipe).toEqual({ fit: { epochs: 9 }, compile: { loss: "hinge" } });
    expect(says).toHaveLength(1);
  });

  it("gives each class its own weight, in whatever order the report lists the classes", async () => {
    const remedy = { change: { fit: { classWeight: [6.75, 0.54] } } };
    const { recipe } = await advice({ cause: "class-imbalance", remedy });
    expect(recipe.fit).toMatchObject({ classWeight: [0.54, 6.75] });
  });

  it("brings images into the form that training has, and leaves out doubted labels, where no training proved more", async () => {
    const swapped = { cause: "preprocessing-mismatch", experiment: undefined, says: "(red and blue swapped 74 %)" };
    const doubted = { cause: "label-noise", verdict: "present", experiment: undefined, images: 1, says: "" };
    const leak = {
      cause: "leakage",
      verdict: "present",
      experiment: undefined,
      images: 1,
      remedy: { files: [file(7)] },
    };
    const known = [{ ...swapped, remedy: {} }, { ...doubted, remedy: { files: [file(3)] } }, leak];
    const plan = await advice(...known);
    expect(plan.form?.id).toBe("red and blue swapped");
    expect(plan.rows).toEqual([0, 1, 2, 4, 5]);
    const proved = { cause: "training-length", remedy: { change: { fit: { epochs: 9 } } } };
    expect(await advice(proved, ...known)).toMatchObject({ rows: [0, 1, 2, 3, 4, 5], says: [expect.anything()] });
  });

  it("replaces lists and the augmentation, and deepens other objects", () => {
    const recipe = { fit: { epochs: 3, augmentation: { rotation: 180, zoom: 0.1 } }, architecture: [1, 2] };
    expect(merged(recipe, { fit: { augmentation: { zoom: 0.1 } }, architecture: [3] })).toEqual({
      fit: { epochs: 3, augmentation: { zoom: 0.1 } },
      architecture: [3],
    });
    expect(merged(recipe, { fit: { augmentation: {} } })).toMatchObject({ fit: { epochs: 3, augmentation: {} } });
  });
});
