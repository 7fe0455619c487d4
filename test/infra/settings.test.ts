import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { GPU_INSTANCES, type GpuInstanceClass, jobSize } from "../../src/platform/aws/gpu-instances.ts";
import { readSettings } from "../../src/platform/aws/team-settings.ts";

const { context: stored } = JSON.parse(readFileSync(new URL("../../cdk.json", import.meta.url), "utf8"));
const read = (context: Record<string, unknown>) => readSettings((key) => ({ ...stored, ...context })[key]);

describe("a team's settings", () => {
  it("are those of cdk.json, frozen", () => {
    const settings = read({ team: "vision" });
    expect(settings).toMatchObject({ team: "vision", engine: "wasm", gpu: { spot: true } });
    expect(Object.isFrozen(settings) && Object.isFrozen(settings.gpu)).toBe(true);
  });

  it("come over the defaults one by one", () => {
    const settings = read({ team: "radiology", "errata:teams": { radiology: { gpu: { spot: false } } } });
    expect(settings.gpu).toEqual({ ...read({ team: "vision" }).gpu, spot: false });
  });

  it("need not be there: a new team has the defaults", () => {
    expect(read({ team: "newcomers" })).toEqual({ ...read({ team: "vision" }), team: "newcomers" });
  });

  it.each(["ab", "a1", "a-team", "team-of-twenty-one-ch"])("take the team name %s", (team) => {
    expect(read({ team }).team).toBe(team);
  });

  it.each([
    undefined,
    "",
    "a",
    "Vision",
    "1team",
    "-team",
    "team_a",
    "team.a",
    "a".repeat(22),
    "team a",
    "tëam",
    "constructor()",
  ])("refuse the team name %s", (team) => {
    expect(() => read({ team })).toThrow(/-c team=<name>/);
  });

  it("are not read from what every object has", () => {
    expect(read({ team: "constructor" }).engine).toBe("wasm");
  });

  it("list everything that is wrong at once, with its place", () => {
    const wrong = {
      engine: "cuda",
      gpu: { instanceClasses: [], maxvCpus: 2 },
      retentionDays: 31,
      notify: ["nobody"],
      budget: 3,
    };
    const places = ["engine", "gpu.instanceClasses", "gpu.maxvCpus", "retentionDays", "notify.0", "budget", "cdk.json"];
    try {
      read({ team: "Vision!", "errata:teams": { "Vision!": wrong } });
      expect.unreachable();
    } catch (error) {
      for (const place of [...places, "-c team"]) expect((error as Error).message).toContain(place);
    }
  });
});

describe("a GPU job", () => {
  const classes = Object.keys(GPU_INSTANCES) as GpuInstanceClass[];
  it.each(classes)("fits %s with memory to spare", (name) => {
    const { vcpus, memoryMiB, gpus } = jobSize(classes);
    const instance = GPU_INSTANCES[name];
    expect(gpus).toBe(1);
    expect(instance.gpus).toBe(1);
    expect(vcpus).toBeLessThanOrEqual(instance.vcpus);
    expect(memoryMiB / 1024).toBeLessThanOrEqual(instance.memoryGiB * 0.9);
  });
});
