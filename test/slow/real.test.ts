import { createReadStream, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { extract } from "tar-stream";
import { afterAll, describe, expect, it } from "vitest";
import { DATA, hasData, missing, SOUND, temporaryFolder } from "../support/data.ts";
import { audited, causeOf, confirmedCauses, table } from "../support/errata.ts";

const folder = temporaryFolder();
afterAll(folder.remove);

/** Unpacks the photos of some objects and returns their paths. */
async function unpackPhotos(archive: string, wanted: (name: string) => boolean, to: string): Promise<string[]> {
  const files: string[] = [];
  const entries = extract();
  entries.on("entry", (header, stream, next) => {
    if (header.type !== "file" || !wanted(header.name)) {
      stream.resume();
      stream.on("end", next);
      return;
    }
    const chunks: Buffer[] = [];
    stream.on("data", (chunk) => chunks.push(chunk as Buffer));
    stream.on("end", () => {
      const path = join(to, header.name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, Buffer.concat(chunks));
      files.push(header.name);
      next();
    });
  });
  await pipeline(createReadStream(join(DATA, archive)), createGunzip(), entries);
  return files.sort();
}

/** ETH-80: `<class><object>-<elevation>-<azimuth>.png`, angles in degrees. */
const PHOTO = /([a-z]+)(\d+)-(\d+)-(\d+)\.png$/;
const isPhoto = (name: string): boolean => PHOTO.test(name) && !name.includes("maps");

describe.runIf(hasData("eth80"))("ETH-80, one object a class", () => {
  it("names the azimuths that training lacks", async () => {
    const root = join(folder.path, "eth80");
    const others = await unpackPhotos("eth80/eth80-others-instance1.tar.gz", isPhoto, root);
    const cups = await unpackPhotos(
      "eth80/eth80-cups-all10.tar.gz",
      (name) => isPhoto(name) && PHOTO.exec(name)![2] === "1",
      root,
    );
    const rows = [...others, ...cups].map((file) => {
      const [, label, object, elevation, azimuth] = PHOTO.exec(file)!;
      return [file, label, Number(azimuth) <= 90 ? "train" : "test", object, Number(elevation), Number(azimuth)];
    });
    writeFileSync(
      join(root, "manifest.csv"),
      ["file,label,split,object,elevation,azimuth", ...rows.map((row) => row.join(","))].join("\n"),
    );
    const recipe = {
      ...SOUND,
      fit: { epochs: 40, batchSize: 16 },
      input: { size: [32, 32], channels: 3 },
    };
    writeFileSync(join(folder.path, "eth80.json"), JSON.stringify(recipe));
    const report = await audited([
      join(root, "manifest.csv"),
      "--recipe",
      join(folder.path, "eth80.json"),
      "--effort",
      "quick",
      "--out",
      join(folder.path, "eth80-out"),
    ]);
    console.log(table("ETH-80, azimuths 0 to 90 in training", report));
    expect(report.causes[0].cause).toBe("coverage-gap");
    expect(report.causes[0].remedy.says).toMatch(/azimuth/);
  });
});

describe.runIf(hasData("pneumoniamnist"))("PneumoniaMNIST", () => {
  it("finds the duplicates, and measures what the imbalance does", async () => {
    writeFileSync(join(folder.path, "pneumonia.json"), JSON.stringify({ ...SOUND, fit: { epochs: 6, batchSize: 64 } }));
    const report = await audited([
      join(DATA, "pneumoniamnist/pneumoniamnist.npz"),
      "--recipe",
      join(folder.path, "pneumonia.json"),
      "--effort",
      "quick",
      "--out",
      join(folder.path, "pneumonia-out"),
    ]);
    console.log(table("PneumoniaMNIST", report));
    const leakage = causeOf(report, "leakage");
    expect(["present", "confirmed"]).toContain(leakage.verdict);
    expect(leakage.evidence.map(({ says }) => says).join(" ")).toMatch(
      /26 pictures are there more than once, exactly; 8 of them in several splits/,
    );
    const imbalance = causeOf(report, "class-imbalance");
    expect(imbalance.evidence.map(({ measure }) => measure)).toEqual(
      expect.arrayContaining(["largest class over rarest class", "shift of the predicted prior"]),
    );
    expect(report.baseline.perClass).toHaveLength(2);
    expect(confirmedCauses(report)).not.toContain("label-noise");
  });
});

describe.skipIf(hasData("eth80") && hasData("pneumoniamnist"))("ETH-80 and PneumoniaMNIST", () => {
  it.skip(`cannot run: ${missing("eth80 or pneumoniamnist")}`, () => {});
});
