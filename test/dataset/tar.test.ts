import { gzipSync } from "node:zlib";
import { type Header, pack } from "tar-stream";
import { describe, expect, it } from "vitest";
import { gather } from "../../src/dataset/bytes.ts";
import { openDataset } from "../../src/dataset/open.ts";
import { inputError, memoryFiles, request } from "./fixtures.ts";

/** An archive of files (name and content) and of other entries. */
async function archive(...entries: ([string, string] | Partial<Header>)[]): Promise<Uint8Array> {
  const packed = pack();
  for (const entry of entries) {
    if (Array.isArray(entry)) packed.entry({ name: entry[0] }, entry[1]);
    else packed.entry(entry as Header);
  }
  packed.finalize();
  return gather(packed as AsyncIterable<Uint8Array>);
}
const four: [string, string][] = [
  ["set/train/b/1.png", "b1"],
  ["set/train/a/2.png", "a2"],
  ["set/test/a/1.png", "a1".repeat(3000)],
  ["set/test/b/9.png", "b9"],
];

describe("tar", () => {
  it.each([
    ["set.tar", (bytes: Uint8Array) => bytes],
    ["set.tar.gz", gzipSync],
    ["set.tgz", gzipSync],
  ])("reads %s in the archive's order, with a folder around everything", async (name, pressed) => {
    const bytes = await archive({ name: "set/", type: "directory" }, ["set/README.md", "hello"], ...four);
    const source = await openDataset(memoryFiles({ [name]: pressed(bytes) }), request(name));
    expect(source).toMatchObject({ format: "tar", classes: ["a", "b"], splits: "given", rejected: [] });
    expect(source.samples.map(({ file, label, split }) => `${file} ${label} ${split}`)).toEqual([
      "set/train/b/1.png 1 train",
      "set/train/a/2.png 0 train",
      "set/test/a/1.png 0 test",
      "set/test/b/9.png 1 test",
    ]);
    const found: [number, number][] = [];
    for await (const { index, image } of source.read(1, 3))
      found.push([index, (image as { bytes: Uint8Array }).bytes.length]);
    expect(found).toEqual([
      [1, 2],
      [2, 6000],
    ]);
  });

  it("passes over what leads elsewhere, and says so", async () => {
    const bytes = await archive(
      ...four,
      ["set/train/a/../../../../evil.png", "x"],
      ["/absolute.png", "x"],
      { name: "set/train/a/link.png", type: "symlink", linkname: "/etc/passwd" },
      { name: "set/train/a/hard.png", type: "link", linkname: "set/train/a/2.png" },
      ["set/train/a/2.png", "again"],
    );
    const { samples, rejected } = await openDataset(memoryFiles({ "set.tar": bytes }), request("set.tar"));
    expect(samples).toHaveLength(4);
    expect(rejected.map(({ problem }) => problem.split(/[:;,.]/)[0])).toEqual([
      'The path leads out of the dataset with "',
      "The path is absolute",
      "It is a link to /etc/passwd",
      "It is a link to set/train/a/2",
      "The archive holds this name twice",
    ]);
  });

  it("refuses archives that are cut off or none at all", async () => {
    const bytes = gzipSync(await archive(...four));
    for (const broken of [bytes.subarray(0, bytes.length - 30), Buffer.alloc(2000, "no archive ")]) {
      const error = await inputError(openDataset(memoryFiles({ "set.tar.gz": broken }), request("set.tar.gz")));
      expect(error.message).toMatch(/cannot be read to its end.*copy it again/s);
    }
  });

  it("says when the archive was changed under its hands", async () => {
    const content = { "set.tar": await archive(...four) };
    const source = await openDataset(memoryFiles(content), request("set.tar"));
    content["set.tar"] = await archive(...four.slice(0, 2));
    const reading = (async () => {
      for await (const _ of source.read(0, 4));
    })();
    expect((await inputError(reading)).message).toMatch(/no longer in the archive/);
  });
});
