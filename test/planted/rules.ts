import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { ALL_BASES } from "./bases/index.ts";
import { MASK_DECOYS } from "./decoys-masks.ts";
import type { Case } from "./types.ts";

const ROOT = resolve(import.meta.dirname, "../..");
/** What decides over an audit's findings. */
const RULES = ["src", "cli"];

const git = (...args: string[]): string => execFileSync("git", args, { cwd: ROOT, encoding: "utf8" }).trim();

/** The commit that last changed the rules, whether files differ from it, and a digest of the files as they are. */
export function rulesNow(): { commit: string; changed: boolean; digest: string } {
  return {
    commit: git("log", "-1", "--format=%h", "--", ...RULES),
    changed: git("status", "--porcelain", "--", ...RULES) !== "",
    digest: digestOf(RULES.flatMap((folder) => filesBelow(join(ROOT, folder)))),
  };
}

const own = (...files: string[]): string[] => files.map((file) => join(import.meta.dirname, file));

/** Digest of what a case's data and recipe are made by. With another one it is another case, to be audited anew. */
export function definitionOf({ base, changes }: Case): string {
  const files = readdirSync(join(import.meta.dirname, "faults"));
  const decoys = (id: string) => (MASK_DECOYS.some((decoy) => decoy.id === id) ? "decoys-masks.ts" : "decoys.ts");
  const planted = changes.map(({ id }) => (files.includes(`${id}.ts`) ? `faults/${id}.ts` : decoys(id)));
  const masked = ALL_BASES[base].task === "segmentation" ? ["masks.ts", "place-masks.ts"] : [];
  return digestOf(own(`bases/${base}.ts`, ...planted, "alter.ts", "draw.ts", "place.ts", ...masked));
}

/** Digest of what trains: what it trained before is as good as what it would train now. */
export const trainedBy = (): string =>
  digestOf([
    ...["src/engine", "src/model"].flatMap((folder) => filesBelow(join(ROOT, folder))),
    ...["src/random.ts", "src/audit/lab.ts", "src/audit/run-job.ts", "src/stats/mask-row.ts"].map((file) =>
      join(ROOT, file),
    ),
  ]);

/** Digest of what judges and measures: with another one a case is judged anew, from the same audit. */
export const judgedBy = (): string => digestOf(own("judge.ts", "measure.ts", "fix.ts", "random-search.ts", "case.ts"));

const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();

function digestOf(files: string[]): string {
  const digest = createHash("sha256");
  for (const file of files) digest.update(file.slice(ROOT.length)).update(readFileSync(file));
  return digest.digest("hex").slice(0, 10);
}
