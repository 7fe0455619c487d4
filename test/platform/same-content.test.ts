/** Whether an upload can be left out: told from size and ETag alone. */
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { localFile, sameContent } from "../../src/platform/aws/same-content.ts";
import { temporaryFolder } from "../support/data.ts";

const folder = temporaryFolder();
afterAll(folder.remove);

const PART = 8 * 1024 ** 2;
const md5 = (bytes: Uint8Array) => createHash("md5").update(bytes).digest();

function file(bytes: Uint8Array) {
  const path = join(folder.path, "file");
  writeFileSync(path, bytes);
  return localFile("file", path, bytes.length);
}

it("tells one upload by its MD5", async () => {
  const bytes = Buffer.from("a picture");
  const etag = md5(bytes).toString("hex");
  expect(await sameContent(file(bytes), { bytes: bytes.length, etag })).toBe(true);
  expect(await sameContent(file(Buffer.from("A picture")), { bytes: bytes.length, etag })).toBe(false);
  expect(await sameContent(file(bytes), { bytes: bytes.length + 1, etag })).toBe(false);
  expect(await sameContent(file(bytes), undefined)).toBe(false);
});

it.each([PART * 2 + 5, PART * 2])("tells an upload in parts as aws s3 makes it (%i bytes)", async (length) => {
  const bytes = Buffer.alloc(length, 7);
  const parts: Buffer[] = [];
  for (let at = 0; at < length; at += PART) parts.push(md5(bytes.subarray(at, at + PART)));
  const etag = `${md5(Buffer.concat(parts)).toString("hex")}-${parts.length}`;
  expect(await sameContent(file(bytes), { bytes: length, etag })).toBe(true);
  bytes[length - 1] = 8;
  expect(await sameContent(file(bytes), { bytes: length, etag })).toBe(false);
});
