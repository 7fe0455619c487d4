import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { gather } from "../../src/dataset/bytes.ts";
import { LocalFiles, unsafePath } from "../../src/dataset/files.ts";
import { inputError } from "./fixtures.ts";

let base: string;
let files: LocalFiles;

beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), "errata-files-"));
  const write = async (path: string, text: string) => {
    await mkdir(join(base, path, ".."), { recursive: true });
    await writeFile(join(base, path), text);
  };
  await write("secret.txt", "secret");
  await write("set/train/a/1.png", "a1");
  await write("set/train.csv", "header");
  await write("set/train-2/b.png", "b");
  await write("set/train/ä ö.png", "umlaut");
  await symlink("train/a", join(base, "set/linked"));
  await symlink("..", join(base, "set/outside"));
  await symlink("../secret.txt", join(base, "set/leak.png"));
  await symlink("nowhere", join(base, "set/dangling.png"));
  await symlink("../..", join(base, "set/train/round"));
  files = new LocalFiles(join(base, "set"));
});
afterAll(() => rm(base, { recursive: true }));

const keys = async (prefix?: string) => {
  const found: string[] = [];
  for await (const { key } of files.list(prefix)) found.push(key);
  return found;
};

describe("LocalFiles", () => {
  it("lists keys in the order of their bytes, follows links inside, none that lead out or round", async () => {
    expect(await keys()).toEqual(["linked/1.png", "train-2/b.png", "train.csv", "train/a/1.png", "train/ä ö.png"]);
    expect(await keys()).toEqual([...(await keys())].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))));
  });

  it("lists by prefix, in folders and within names", async () => {
    expect(await keys("train/")).toEqual(["train/a/1.png", "train/ä ö.png"]);
    expect(await keys("train")).toEqual(["train-2/b.png", "train.csv", "train/a/1.png", "train/ä ö.png"]);
    expect(await keys("train/a/")).toEqual(["train/a/1.png"]);
    expect(await keys("absent/")).toEqual([]);
    expect(await keys("../")).toEqual([]);
  });

  it("reads and streams", async () => {
    expect(new TextDecoder().decode(await files.read("train/ä ö.png"))).toBe("umlaut");
    expect(new TextDecoder().decode(await gather(files.stream("train.csv")))).toBe("header");
  });

  it.each([
    "../secret.txt",
    "train/../../secret.txt",
    "/etc/passwd",
    "leak.png",
    "outside/secret.txt",
    "absent.png",
    "train",
  ])("refuses %s", async (key) => {
    expect((await inputError(files.read(key))).file).toBe(key);
    expect((await inputError(gather(files.stream(key)))).file).toBe(key);
  });

  it.skipIf(process.getuid?.() === 0)("passes a missing permission on", async () => {
    await chmod(join(base, "set/train.csv"), 0o000);
    await expect(files.read("train.csv")).rejects.toMatchObject({ code: "EACCES" });
    await chmod(join(base, "set/train.csv"), 0o644);
  });
});

describe("unsafePath", () => {
  it("lets relative paths through, spaces and dots included", () => {
    for (const path of ["a.png", "a/b c/ü.png", "a..b.png", "./x", "...", "c:x"])
      expect(unsafePath(path)).toBeUndefined();
    for (const path of ["", "/a", "\\a", "C:/a", "C:\\a", "a/../b", "..\\b", "s3://b/k", "file:///x", "a\0b"])
      expect(unsafePath(path)).toBeTypeOf("string");
  });
});
