import { existsSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { replace } from "./draw.ts";

const FILE = "audit-seconds.json";

/**
 * Adds a sitting to the time that a case's audits have taken: the report's own time has the pauses between sittings in it, and lacks
 * what was trained for earlier rules.
 */
export async function addSitting(folder: string, seconds: number): Promise<void> {
  await mkdir(folder, { recursive: true });
  await replace(join(folder, FILE), JSON.stringify(((await secondsOfSittings(folder)) ?? 0) + seconds));
}

export const secondsOfSittings = async (folder: string): Promise<number | undefined> =>
  existsSync(join(folder, FILE)) ? JSON.parse(await readFile(join(folder, FILE), "utf8")) : undefined;

/** Training runs at once of each of some audits side by side, so that all together fill the cores. */
export const workersEach = (cores: number, audits: number): number => Math.max(1, Math.floor(cores / audits));
