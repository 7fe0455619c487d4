/** The formats as others publish them. Skipped where the data are absent (see CONTRIBUTING.md). */
import { describe, expect, it } from "vitest";
import { duplicateGroups, findDuplicates } from "../../src/dataset/duplicates.ts";
import { LocalFiles } from "../../src/dataset/files.ts";
import { ingestShard } from "../../src/dataset/ingest.ts";
import { openDataset } from "../../src/dataset/open.ts";
import { chooseShape } from "../../src/dataset/shape.ts";
import { hash } from "../../src/image/hash.ts";
import { nearPairs } from "../../src/image/near.ts";
import { DATA, hasData, mnist } from "../support/data.ts";
import { request } from "./fixtures.ts";

const files = new LocalFiles(DATA);

describe.skipIf(!hasData("pneumoniamnist"))("PneumoniaMNIST (npz)", () => {
  it("holds 26 pictures more than once, 8 of them in several splits", async () => {
    const source = await openDataset(files, request("pneumoniamnist"));
    expect(source).toMatchObject({ format: "npz", classes: ["0", "1"], splits: "given" });
    const { rows } = await ingestShard(source, 0, source.samples.length, await chooseShape(source));
    const { exact, acrossSplits } = duplicateGroups(rows);
    expect([exact.length, acrossSplits.length]).toEqual([26, 8]);
    const pairs = findDuplicates(rows);
    // Two of the pictures are there three times.
    expect(pairs.filter(({ kind }) => kind === "exact")).toHaveLength(28);
    expect(pairs.filter(({ a, b }) => rows[a].split !== rows[b].split)).toHaveLength(8);
  });
});

describe.skipIf(!hasData("mnist"))("MNIST (IDX)", () => {
  it("is listed with its splits", async () => {
    const source = await openDataset(files, request("mnist"));
    expect(source.samples.filter(({ split }) => split === "train")).toHaveLength(60_000);
    expect(source.samples.filter(({ split }) => split === "test")).toHaveLength(10_000);
    expect(await chooseShape(source)).toEqual({ height: 28, width: 28, channels: 1 });
  });

  it("has next to no near duplicates among 10,000 test images", () => {
    const { pixels } = mnist("t10k");
    const hashes = Array.from({ length: 10_000 }, (_, i) =>
      hash({ pixels: pixels.subarray(i * 784, (i + 1) * 784), height: 28, width: 28, channels: 1 }),
    );
    expect(new Set(hashes.map(({ exact }) => exact)).size).toBe(10_000);
    const pairs = nearPairs(
      hashes.map(({ perceptual }) => perceptual),
      hashes.map(({ signature }) => signature),
    );
    expect(pairs.length).toBeLessThanOrEqual(3);
  });
});

describe.skipIf(!hasData("eth80"))("ETH-80 (tar.gz of PNG)", () => {
  it("is read from the archive", async () => {
    const source = await openDataset(files, request("eth80/eth80-others-instance1.tar.gz"));
    expect(source).toMatchObject({
      format: "tar",
      classes: ["1", "2", "3", "5", "6", "7", "8"],
      splits: "made",
      rejected: [],
    });
    expect(source.samples).toHaveLength(7 * 2 * 41);
    const { rows } = await ingestShard(source, 100, 120, { height: 32, width: 32, channels: 3 });
    expect(rows.every(({ problem, width, height }) => !problem && width === 256 && height === 256)).toBe(true);
  });
});

describe.skipIf(!hasData("cifar10"))("CIFAR-10 (tar.gz of JPEG)", () => {
  it("is listed with its splits, and read from its middle", async () => {
    const source = await openDataset(files, request("cifar10/cifar-10-images-jpg.tar.gz"));
    expect(source.classes).toHaveLength(10);
    expect(source.samples).toHaveLength(60_000);
    expect(source.samples.filter(({ split }) => split === "test")).toHaveLength(10_000);
    const { rows, pixels } = await ingestShard(source, 30_000, 30_100, { height: 32, width: 32, channels: 3 });
    expect(rows.filter(({ problem }) => problem)).toEqual([]);
    expect(pixels).toHaveLength(100 * 32 * 32 * 3);
  });
});
