import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { reportSchema } from "../../src/report/schema.ts";
import { temporaryFolder } from "../support/data.ts";
import { causeOf, ENGINE, errata, table, withoutTimes } from "../support/errata.ts";

const folder = temporaryFolder();
afterAll(folder.remove);

async function example(name: string, ...args: string[]) {
  const { code, stdout, stderr } = await errata(
    ["example", "tabletop", "--json", "--engine", ENGINE, "--out", join(folder.path, name), ...args],
    { cwd: folder.path },
  );
  expect(code, stderr).toBe(0);
  return reportSchema.parse(JSON.parse(stdout));
}

describe("the tabletop", () => {
  it("is short of viewpoints, says which, and says the same again", async () => {
    const report = await example("front");
    console.log(table("mugs and plates from the front", report));
    expect(report.causes[0]).toMatchObject({ cause: "coverage-gap", verdict: "confirmed" });
    expect(report.causes[0].says).toMatch(/azimuth \d+\.\.\d+ degrees/);
    expect(report.cost.timesOneRun).toBeLessThanOrEqual(30);
    const again = await example("again");
    expect(withoutTimes(again)).toEqual(withoutTimes(report));
  });

  it("lacks none where training has seen all sides", async () => {
    const report = await example("all", "--views", "all");
    console.log(table("mugs and plates from all around", report));
    expect(causeOf(report, "coverage-gap").verdict).not.toBe("confirmed");
  });
});
