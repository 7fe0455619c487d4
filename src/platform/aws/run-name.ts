/** What a run is called: the same upload has the same run, so whoever uploads knows its name beforehand. */
import { createHash } from "node:crypto";

const LONGEST_NAME = 60;

/** `version` is that of the object `datasets/<dataset>/errata.json`, or its ETag where the bucket keeps none. */
export function runOf({ dataset, version }: { dataset: string; version: string }): string {
  const digest = createHash("sha256").update(`${dataset}\n${version}`).digest("hex").slice(0, 12);
  return `${nameFrom(dataset)}-${digest}`;
}

/** Letters, digits and hyphens of any text. */
export function nameFrom(text: string): string {
  const name = text
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, LONGEST_NAME);
  return name || "dataset";
}
