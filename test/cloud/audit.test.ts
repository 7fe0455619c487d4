/**
 * A real audit in a team's account on an emulator: deployed by the CDK's own tool, uploaded by `errata submit`, worked by the
 * functions' bundles and by the worker as a process here. The report is the one that this machine makes by itself.
 */
import { mkdtempSync, readFileSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DeleteObjectCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeClients } from "../../src/platform/aws/clients.ts";
import { openAws } from "../../src/platform/aws/open.ts";
import type { Report } from "../../src/report/schema.ts";
import { errata, withoutTimes } from "../support/errata.ts";
import { BLINK, write, writePictures } from "../support/pictures.ts";
import { deploy, environmentOf, type Outputs, startWorker } from "./deployment.ts";
import { startEmulator } from "./emulator.ts";

const emulator = await startEmulator();
const reason = typeof emulator === "string" ? emulator : undefined;
const environment: Record<string, string> = typeof emulator === "string" ? {} : emulator.environment;
Object.assign(process.env, environment);

const TEAM = "vision";
const MINUTES = 8;

/** The report without what depends on clock, place and cache. */
function comparable(report: Report): unknown {
  const { run, ...rest } = withoutTimes(report) as Report;
  return { ...rest, run: { ...run, id: "" } };
}

describe.skipIf(reason)(`an audit in the cloud${reason ? ` (skipped: ${reason})` : ""}`, () => {
  const folder = mkdtempSync(join(tmpdir(), "errata-cloud-"));
  const data = join(folder, "mugs");
  let outputs: Outputs;
  beforeAll(async () => {
    await writePictures(data, ["mug", "plate"], 40);
    write(data, {
      "errata.json": {
        schema: "errata/request@1",
        data: { path: "." },
        subject: { recipe: "recipe.json" },
        effort: "quick",
        seed: 11,
      },
      "recipe.json": BLINK,
      "plate/torn.png": "no picture",
    });
    outputs = await deploy({ folder, team: TEAM, environment });
  }, MINUTES * 60_000);
  afterAll(async () => {
    if (typeof emulator !== "string") await emulator.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const submit = (...args: string[]) => errata(["submit", data, "--team", TEAM, ...args], { env: environment });

  it("is the audit that this machine makes, times and place aside", { timeout: MINUTES * 60_000 }, async () => {
    const submitted = await submit("--json");
    expect(submitted, submitted.stderr).toMatchObject({ code: 0 });
    expect(submitted.stderr).toContain("82 files uploaded, 0 were there already.");
    const { run, opened } = JSON.parse(submitted.stdout) as { run: string; opened: boolean };
    expect(opened, submitted.stderr).toBe(true);

    const worker = await startWorker({ folder }, environmentOf(outputs, environment));
    const watching = errata(["status", run, "--team", TEAM, "--watch"], { env: environment });
    const here = join(folder, "here");
    const local = await errata(["audit", "errata.json", "--engine", "wasm", "--out", here], { cwd: data });
    expect(local, local.stderr).toMatchObject({ code: 0 });
    const ended = await watching;
    worker.child.kill("SIGKILL");
    expect(ended, `${ended.stdout}\n${worker.log()}`).toMatchObject({ code: 0 });
    expect(ended.stdout).toContain(`${run} is finished: `);
    expect(ended.stdout).toContain(`reports/mugs/${run}/`);

    const { store } = openAws(environmentOf(outputs, environment));
    const text = async (key: string) => new TextDecoder().decode(await store.read(key));
    const cloud = JSON.parse(await text(`reports/mugs/${run}/report.json`)) as Report;
    expect(comparable(cloud)).toEqual(comparable(JSON.parse(readFileSync(join(here, "report.json"), "utf8"))));
    expect(cloud.dataset.rejected.map(({ file }) => file)).toEqual(["plate/torn.png"]);
    expect(JSON.parse(await text("reports/mugs/latest.json"))).toMatchObject({ run, says: cloud.says });
  });

  it("uploads only what is new, and nothing that was meant to go", async () => {
    const { s3 } = makeClients(environment.AWS_ENDPOINT_URL);
    await s3.send(new DeleteObjectCommand({ Bucket: outputs.BucketName, Key: "datasets/mugs/mug/000.png" }));
    writeFileSync(join(data, "mug/001.png"), readFileSync(join(data, "plate/001.png")));
    const again = await submit();
    expect(again, again.stderr).toMatchObject({ code: 0 });
    expect(again.stderr).toMatch(/[12] files uploaded, 8[01] were there already/);
    unlinkSync(join(data, "mug/001.png"));
    const stale = await submit();
    expect(stale.code).toBe(2);
    expect(stale.stderr).toMatch(/1 objects there are not in the folder, such as mug\/001\.png.*Give --delete/);
    expect(await submit("--delete")).toMatchObject({ code: 0 });
  });

  it("says what is not there", async () => {
    const unknown = await errata(["status", "no-such-run", "--team", TEAM], { env: environment });
    expect(unknown.code).toBe(2);
    expect(unknown.stderr).toContain("The team knows no such run.");
    const elsewhere = await errata(["submit", data, "--team", "radiology"], { env: environment });
    expect(elsewhere.code).toBe(2);
    expect(elsewhere.stderr).toMatch(/no stack errata-radiology.*npx cdk deploy --all -c team=radiology/);
  });
});
