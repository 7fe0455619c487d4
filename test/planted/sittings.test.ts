import { afterAll, describe, expect, it } from "vitest";
import { temporaryFolder } from "../support/data.ts";
import { addSitting, secondsOfSittings, workersEach } from "./sittings.ts";

const folder = temporaryFolder();
afterAll(folder.remove);

describe("the time of a planted audit", () => {
  it("is the sum of its sittings, and unknown before the first", async () => {
    expect(await secondsOfSittings(folder.path)).toBeUndefined();
    await addSitting(folder.path, 7);
    await addSitting(folder.path, 40.5);
    expect(await secondsOfSittings(folder.path)).toBe(47.5);
  });
});

describe("the workers of planted audits", () => {
  it.each([
    { cores: 2, audits: 1, each: 2 },
    { cores: 2, audits: 2, each: 1 },
    { cores: 16, audits: 3, each: 5 },
    { cores: 2, audits: 4, each: 1 },
  ])("are $each each where $audits audits share $cores cores", ({ cores, audits, each }) => {
    expect(workersEach(cores, audits)).toBe(each);
  });
});
