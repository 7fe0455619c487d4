/** The contracts, run against the folder of one machine. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe } from "vitest";
import { ledgerContract } from "./ledger.ts";
import { open } from "./local-place.ts";
import { queueContract } from "./queue.ts";
import { raceContract } from "./race.ts";
import { storeContract } from "./store.ts";

const folders: string[] = [];
const place = async () => {
  const folder = mkdtempSync(join(tmpdir(), "errata-contract-"));
  folders.push(folder);
  return folder;
};
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

describe("object store", () => storeContract(async () => (await open(await place())).store));
describe("queue", () => queueContract(async () => (await open(await place())).queue));
describe("ledger", () => ledgerContract(async () => (await open(await place())).ledger));
describe("processes", () => raceContract(new URL("./local-place.ts", import.meta.url), place));
