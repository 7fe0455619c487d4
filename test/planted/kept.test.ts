import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { temporaryFolder } from "../support/data.ts";
import { putAway, rememberedErrors, takeOut } from "./kept.ts";

const folder = temporaryFolder();
afterAll(folder.remove);

describe("what was trained for a case", () => {
  const kept = join(folder.path, "kept");
  const result = (report: string) => join(report, ".errata/objects/cache/results/one.json");
  const audited = (name: string, says: string): string => {
    const report = join(folder.path, name);
    mkdirSync(join(report, ".errata/objects/cache/results"), { recursive: true });
    mkdirSync(join(report, ".errata/runs/1"), { recursive: true });
    writeFileSync(result(report), says);
    return report;
  };

  it("outlives the rules that asked for it: a later audit finds it, and nothing else of the earlier one", async () => {
    const first = audited("first", "trained");
    await putAway(kept, first);
    expect(existsSync(join(first, ".errata"))).toBe(false);
    const second = join(folder.path, "second");
    await takeOut(kept, second);
    expect(readFileSync(result(second), "utf8")).toBe("trained");
    expect(existsSync(join(second, ".errata/runs"))).toBe(false);
  });

  it("does not replace what an audit that was stopped has of its own, and is replaced by what that ends with", async () => {
    await putAway(kept, audited("third", "trained"));
    const stopped = audited("fourth", "trained, and more");
    await takeOut(kept, stopped);
    expect(readFileSync(result(stopped), "utf8")).toBe("trained, and more");
    await putAway(kept, stopped);
    const next = join(folder.path, "fifth");
    await takeOut(kept, next);
    expect(readFileSync(result(next), "utf8")).toBe("trained, and more");
  });

  it("is measured once for each recipe, image and seed, now and in later runs", async () => {
    let measured = 0;
    const measure = async () => ++measured / 10;
    const remembered = await rememberedErrors(kept, "judge");
    expect(await remembered([[1, 2], { epochs: 3 }, 7], measure)).toBe(0.1);
    expect(await remembered([[1, 2], { epochs: 4 }, 7], measure)).toBe(0.2);
    const later = await rememberedErrors(kept, "judge");
    expect(await later([[1, 2], { epochs: 3 }, 7], measure)).toBe(0.1);
    expect(await later([[1, 2], { epochs: 3 }, 8], measure)).toBe(0.3);
    const other = await rememberedErrors(kept, "another judge");
    expect(await other([[1, 2], { epochs: 3 }, 7], measure)).toBe(0.4);
  });
});
