import { describe, expect, it } from "vitest";
import { openDataset } from "../../src/dataset/open.ts";
import type { DatasetRequest } from "../../src/dataset/types.ts";
import { inputError, memoryFiles, request } from "./fixtures.ts";

const images = Object.fromEntries(
  ["a", "b", "c", "d", "e", "f"].map((name) => [`images/${name}.png`, Uint8Array.of(1)]),
);
const open = (name: string, text: string, more: Partial<DatasetRequest> = {}) =>
  openDataset(memoryFiles({ ...images, [name]: text }), request(name, more));
const SOUND = `file,label,split,patient,azimuth,site
images/a.png,mug,train,p1,10,north
images/b.png,plate,train,p1,-2.5,07
images/c.png,mug,test,p2,1e2,
images/d.png,plate,test,p3,0,south
`;

describe("CSV manifests", () => {
  it("reads labels, splits, groups and metadata, numbers as numbers", async () => {
    const { samples, classes, splits } = await open("manifest.csv", SOUND, { group: "patient" });
    expect([classes, splits]).toEqual([["mug", "plate"], "given"]);
    expect(samples[0]).toEqual({
      file: "images/a.png",
      label: 0,
      split: "train",
      group: "p1",
      metadata: { azimuth: 10, site: "north" },
    });
    expect(samples[1].metadata).toEqual({ azimuth: -2.5, site: "07" });
    expect(samples[2].metadata).toEqual({ azimuth: 100 });
  });

  it("is found in a folder, and reads the images it names", async () => {
    const source = await openDataset(memoryFiles({ ...images, "manifest.csv": SOUND }), request("."));
    expect(source.format).toBe("csv");
    const read: number[] = [];
    for await (const { index, image } of source.read(1, 3)) {
      expect(image).toEqual({ kind: "encoded", bytes: Uint8Array.of(1) });
      read.push(index);
    }
    expect(read).toEqual([1, 2]);
  });

  it("understands other names, delimiters, quotes, a byte order mark and paths from its own folder", async () => {
    const text =
      '\uFEFFFilename;Class;note\r\n"a.png";"x, y";"says ""hi"""\r\n./b.png;"x, y";\r\nimages/c.png;z;\r\nd.png;z;\r\n';
    const { samples, classes } = await open("images/list.csv", text);
    expect(classes).toEqual(["x, y", "z"]);
    expect(samples.map((sample) => sample.file)).toEqual([
      "images/a.png",
      "images/b.png",
      "images/c.png",
      "images/d.png",
    ]);
    expect(samples[0].metadata).toEqual({ note: 'says "hi"' });
  });

  it("takes whole numbers as indices of the declared classes", async () => {
    const { samples, classes } = await open(
      "m.csv",
      "file,label\nimages/a.png,1\nimages/b.png,0.0\nimages/c.png,plate\nimages/d.png,0\n",
      {
        classes: ["mug", "plate"],
      },
    );
    expect([classes, samples.map((sample) => sample.label)]).toEqual([
      ["mug", "plate"],
      [1, 0, 1, 0],
    ]);
  });

  it("never divides a group when it makes splits", async () => {
    const lines = ["a", "b", "c", "d", "e", "f"].map((name, i) => `images/${name}.png,${i % 2 ? "x" : "y"},g${i >> 1}`);
    const { samples, splits } = await open("m.csv", `file,label,group\n${lines.join("\n")}`, {
      split: { test: 0.34, validation: 0 },
    });
    expect(splits).toBe("made");
    for (let i = 0; i < 6; i += 2) expect(samples[i].split).toBe(samples[i + 1].split);
    expect(new Set(samples.map((sample) => sample.split))).toEqual(new Set(["train", "test"]));
  });

  it("streams 100,000 lines", async () => {
    const files: Record<string, Uint8Array | string> = {};
    const lines = ["file,label,angle"];
    for (let i = 0; i < 100_000; i++) {
      files[`i/${i}.jpg`] = Uint8Array.of(1);
      lines.push(`i/${i}.jpg,${i % 7},${i / 2}`);
    }
    const { samples, classes } = await openDataset(
      memoryFiles({ ...files, "m.csv": lines.join("\n") }),
      request("m.csv"),
    );
    expect(samples).toHaveLength(100_000);
    expect(classes).toEqual(["0", "1", "2", "3", "4", "5", "6"]);
    expect(samples[99_999]).toMatchObject({ file: "i/99999.jpg", metadata: { angle: 49_999.5 } });
  });
});

describe("JSON lines", () => {
  it("reads fields and nested metadata", async () => {
    const lines = ["a", "b", "c", "d"].map((name, i) =>
      JSON.stringify({
        image: `images/${name}.png`,
        label: i % 2,
        metadata: { light: i / 4, site: null },
        flash: true,
      }),
    );
    const { samples, classes, format } = await open("m.jsonl", lines.join("\n\n"));
    expect([format, classes]).toEqual(["jsonl", ["0", "1"]]);
    expect(samples[1].metadata).toEqual({ light: 0.25, flash: "true" });
  });

  it("reads SageMaker's augmented manifests: addresses of a bucket, class names from the metadata", async () => {
    const lines = ["a", "b", "c", "d"].map((name, i) =>
      JSON.stringify({
        "source-ref": `s3://team-bucket/some/where/images/${name}.png`,
        animal: i % 2,
        "animal-metadata": {
          "class-name": i % 2 ? "dog" : "cat",
          confidence: 0.9,
          type: "groundtruth/image-classification",
        },
      }),
    );
    const { samples, classes } = await open("output.manifest", lines.join("\n"));
    expect(classes).toEqual(["cat", "dog"]);
    expect(samples.map((sample) => [sample.file, sample.label])).toEqual([
      ["images/a.png", 0],
      ["images/b.png", 1],
      ["images/c.png", 0],
      ["images/d.png", 1],
    ]);
  });
});

describe("bad manifests", () => {
  it.each([
    ["a missing column", "name,label\nx,y\n", "file", /no column "file" among "name", "label"\. Add it/],
    ["an unknown file", "file,label\nimages/z.png,x\n", "line 2", /there is no file images\/z\.png/],
    ["a file of another case", "file,label\nImages/A.png,x\n", "line 2", /did you mean images\/a\.png/],
    ["a path that leads out", "file,label\n../../etc/passwd.png,x\n", "line 2", /leads out of the dataset/],
    ["an absolute path", "file,label\n/etc/a.png,x\n", "line 2", /absolute/],
    ["a drive's path", "file,label\nC:\\a.png,x\n", "line 2", /absolute/],
    ["a URL", "file,label\nhttps://example.com/a.png,x\n", "line 2", /URL/],
    ["a row twice", "file,label\nimages/a.png,x\nimages/b.png,y\n./images/a.png,x\n", "line 4", /already on line 2/],
    ["an empty label", "file,label\nimages/a.png,\n", "line 2", /no single label/],
    ["an unknown split", "file,label,split\nimages/a.png,x,holdout\n", "line 2", /use train, validation or test/],
    [
      "splits for some lines only",
      "file,label,split\nimages/a.png,x,train\nimages/b.png,x,\n",
      "line 3",
      /split is empty/,
    ],
    ["too few cells", "file,label,split\nimages/a.png,x\n", "line 2", /2 cells, the header 3/],
    ["an open quote", 'file,label\n"images/a.png,x\n', undefined, /not CSV/],
  ])("says what is wrong with %s", async (_, text, field, message) => {
    const error = await inputError(open("m.csv", text));
    expect(error.file).toBe("m.csv");
    if (field) expect(error.field).toBe(field);
    expect(error.message).toMatch(message);
    expect(error.remedy).not.toBe("");
  });

  it("refuses labels outside of the declared classes", async () => {
    const error = await inputError(
      open("m.csv", "file,label\nimages/a.png,cup\nimages/b.png,2\n", { classes: ["mug", "plate"] }),
    );
    expect(error.message).toMatch(/2 lines cannot be used/);
    expect(error.message).toMatch(
      /line 2: images\/a\.png has the label "cup", which is none of the declared classes \("mug", "plate"\)/,
    );
  });

  it("names the columns asked for that are not there", async () => {
    expect((await inputError(open("m.csv", SOUND, { group: "doctor" }))).field).toBe("doctor");
    expect((await inputError(open("m.csv", SOUND, { split: { column: "fold" } }))).field).toBe("fold");
  });

  it("tells twenty bad lines and counts the rest", async () => {
    const lines = Array.from({ length: 30 }, (_, i) => `missing/${i}.png,x`);
    const { message } = await inputError(open("m.csv", `file,label\n${lines.join("\n")}\n`));
    expect(message).toMatch(/30 lines cannot be used/);
    expect(message).toMatch(/line 21: .*\n {2}and 10 more/);
    expect(message).not.toMatch(/line 22:/);
  });

  it("counts lines of JSON, and says which are none", async () => {
    const error = await inputError(open("m.jsonl", '{"file": "images/a.png", "label": "x"}\n{"file": oops\n[1]\n'));
    expect(error.message).toMatch(/line 2: it is not JSON\n {2}line 3: it is not a JSON object/);
  });
});
