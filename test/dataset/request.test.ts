import { describe, expect, it } from "vitest";
import { DatasetDigest, type Digested } from "../../src/dataset/digest.ts";
import { proposeRequest } from "../../src/dataset/init.ts";
import { readRequest } from "../../src/dataset/request.ts";
import { InputError } from "../../src/errors.ts";
import { imageFolder, inputError, memoryFiles } from "./fixtures.ts";

const read = (value: unknown) => readRequest(JSON.stringify(value));
const sound = { schema: "errata/request@1", task: "classification", data: { path: "." } };

describe("readRequest", () => {
  it("fills in what is left out", () => {
    expect(read({ schema: "errata/request@1" })).toEqual({
      schema: "errata/request@1",
      task: "classification",
      data: { path: "." },
    });
  });

  it("reads everything", () => {
    const whole = {
      ...sound,
      data: {
        path: "m.csv",
        format: "csv",
        split: { test: 0.3, column: "part" },
        group: "patient",
        classes: ["a", "b"],
      },
      subject: { model: "model.onnx", input: { size: [28, 28] } },
      effort: "quick",
      seed: 3,
      deadlineMinutes: 60,
    };
    expect(read(whole)).toEqual(whole);
  });

  it.each([
    ["text that is not JSON", "{", undefined, /not JSON.*errata init/],
    ["another schema", { schema: "errata/request@2" }, "schema", /Write "schema": "errata\/request@1"/],
    ["an unknown field", { ...sound, colour: 1 }, undefined, /colour.*It may hold schema, task, data/],
    ["an unknown format", { ...sound, data: { path: ".", format: "zip" } }, "data.format", /Write one of folder, csv/],
    ["a path that leads out", { ...sound, data: { path: "../x" } }, "data.path", /leads out/],
    ["a subject that leads out", { ...sound, subject: { recipe: "/etc/recipe.json" } }, "subject.recipe", /absolute/],
    [
      "fractions of more than all",
      { ...sound, data: { split: { test: 0.6, validation: 0.5 } } },
      "data.split",
      /nothing to train on/,
    ],
    ["a class named twice", { ...sound, data: { classes: ["a", "a"] } }, "data.classes", /names a class twice/],
    [
      "two subjects",
      { ...sound, subject: { recipe: "r.json", model: "m.onnx" } },
      "subject",
      /more than one of recipe/,
    ],
    ["an unknown effort", { ...sound, effort: "heroic" }, "effort", /quick, standard or thorough/],
    ["a seed that is none", { ...sound, seed: 1.5 }, "seed", /whole number/],
  ])("refuses %s", (_, value, field, message) => {
    const run = () => readRequest(typeof value === "string" ? value : JSON.stringify(value), "set/errata.json");
    expect(run).toThrow(InputError);
    expect(run).toThrow(message);
    try {
      run();
    } catch (error) {
      expect(error).toMatchObject({ file: "set/errata.json", field });
    }
  });

  it("tells all that is wrong at once", () => {
    expect(() => read({ ...sound, effort: "x", seed: -1 })).toThrow(/effort.*Also seed/s);
  });
});

describe("proposeRequest", () => {
  it("proposes what readRequest accepts, and says what it saw", async () => {
    const files = memoryFiles({ ...(await imageFolder({ cat: 5, dog: 5 })), "recipe.json": "{}" });
    const { request, found } = await proposeRequest(files);
    expect(request).toMatchObject({
      data: { path: ".", split: { test: 0.2, validation: 0.1 } },
      subject: { recipe: "recipe.json" },
    });
    expect(read(request)).toEqual(request);
    expect(found.slice(0, 2)).toEqual(["format: folder", "images: 10 of 2 classes"]);
  });

  it("names the manifest it found", async () => {
    const files = memoryFiles({
      ...(await imageFolder({ x: 4 })),
      "labels.csv": "file,label\nx/0.png,a\nx/1.png,a\nx/2.png,b\nx/3.png,b\n",
    });
    const { request, found } = await proposeRequest(files);
    expect(request.data).toMatchObject({ path: "labels.csv", format: "csv" });
    expect(found.at(-1)).toMatch(/no recipe/);
  });

  it("refuses a folder that cannot be audited", async () => {
    expect((await inputError(proposeRequest(memoryFiles({ "notes.txt": "x" })))).message).toMatch(/No images/);
  });
});

function datasetDigest(classes: string[], rows: Digested[]): string {
  const digest = new DatasetDigest(classes);
  for (const row of rows) digest.add(row);
  return digest.hex();
}

describe("DatasetDigest", () => {
  const rows = [
    { hash: "a", label: 0, split: "train" },
    { hash: "b", label: 1, split: "test", group: "g" },
  ];
  const digest = datasetDigest(["x", "y"], rows);

  it("does not depend on the order", () => {
    expect(datasetDigest(["x", "y"], [...rows].reverse())).toBe(digest);
  });

  it("changes with images, labels, splits, groups, classes and copies", () => {
    const others = [
      datasetDigest(["x", "z"], rows),
      datasetDigest(["x", "y"], [{ ...rows[0], hash: "c" }, rows[1]]),
      datasetDigest(["x", "y"], [{ ...rows[0], label: 1 }, rows[1]]),
      datasetDigest(["x", "y"], [{ ...rows[0], split: "test" }, rows[1]]),
      datasetDigest(["x", "y"], [rows[0], { ...rows[1], group: "h" }]),
      datasetDigest(["x", "y"], [...rows, rows[0]]),
    ];
    expect(new Set([digest, ...others]).size).toBe(7);
  });
});
