/** What of a folder is uploaded, and what is said before anything is. */
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { InputError } from "../../src/errors.ts";
import { localDataset } from "../../src/platform/aws/local-dataset.ts";
import { temporaryFolder } from "../support/data.ts";
import { BLINK, write } from "../support/pictures.ts";

const folder = temporaryFolder();
afterAll(folder.remove);
const place = (name: string, content: Record<string, unknown>) => {
  write(join(folder.path, name), content);
  return join(folder.path, name);
};
const REQUEST = { schema: "errata/request@1" };

it("takes a folder's files, not what is hidden nor old reports; errata.json is the request", async () => {
  const path = place("mugs", {
    "errata.json": { ...REQUEST, subject: { recipe: "recipe.json" } },
    "recipe.json": BLINK,
    "mug/1.png": "1",
    ".DS_Store": "",
    ".git/HEAD": "",
    "errata-out/mugs/report.json": {},
  });
  const { dataset, files, request, requested } = await localDataset(path);
  expect(dataset).toBe("mugs");
  expect(files.map(({ key }) => key)).toEqual(["mug/1.png", "recipe.json"]);
  expect(requested).toBe(true);
  expect(JSON.parse(new TextDecoder().decode(request))).toMatchObject(REQUEST);
  expect((await localDataset(join(path, "errata.json"), "other")).dataset).toBe("other");
});

it("takes an archive by itself, and makes the request that names it", async () => {
  place("arrays", { "digits.tar.gz": "x", "beside.txt": "y" });
  const { dataset, files, request, requested } = await localDataset(join(folder.path, "arrays/digits.tar.gz"));
  expect({ dataset, requested }).toEqual({ dataset: "digits", requested: false });
  expect(files.map(({ key }) => key)).toEqual(["digits.tar.gz"]);
  expect(JSON.parse(new TextDecoder().decode(request)).data).toEqual({ path: "digits.tar.gz" });
});

it.each<[string, () => string, RegExp]>([
  ["nothing there", () => join(folder.path, "none"), /none: There is nothing there/],
  ["a manifest alone", () => join(place("m", { "a.csv": "file,label" }), "a.csv"), /a\.csv: This file alone/],
  ["no files", () => place("e", { "errata.json": REQUEST }), /e: No files were found/],
  ["a bad request", () => place("b", { "errata.json": { ...REQUEST, effort: "lots" }, a: "" }), /errata\.json: effort/],
  ["no recipe", () => place("r", { "errata.json": { ...REQUEST, subject: { recipe: "no.json" } }, a: "" }), /no\.json/],
  [
    "a way out",
    () => place("w", { "errata.json": { ...REQUEST, data: { path: "../x" } }, a: "" }),
    /data\.path.*leads out/,
  ],
  [
    "a URL",
    () => place("u", { "errata.json": { ...REQUEST, data: { path: "https://x/y" } }, a: "" }),
    /data\.path.*URL/,
  ],
  [
    "masks",
    () => place("s", { "errata.json": { ...REQUEST, data: { masks: {} } }, a: "" }),
    /data\.masks.*segmentation/,
  ],
])("says what is wrong: %s", async (_, make, says) => {
  const asked = localDataset(make());
  await expect(asked).rejects.toThrow(InputError);
  await expect(asked).rejects.toThrow(says);
});

it("wants a name that can be a folder's", async () => {
  const path = place("n", { a: "" });
  for (const name of ["", "..", "a/b", "x".repeat(101)])
    await expect(localDataset(path, name), name).rejects.toThrow(/--name/);
});
