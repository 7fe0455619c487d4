/** Installs the peers from their registry into the scratch folder, pinned. */
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { CannotRun } from "./types.ts";

const REQUIREMENTS = new URL("peers/requirements.txt", import.meta.url).pathname;
const run = promisify(execFile);

/** Path of a Python that has them. */
export async function installPeers(scratch: string, say: (text: string) => void): Promise<string> {
  const folder = join(scratch, "peers");
  const python = join(folder, "bin", "python");
  const wanted = readFileSync(REQUIREMENTS, "utf8");
  const mark = join(folder, "installed.txt");
  if (existsSync(mark) && readFileSync(mark, "utf8") === wanted) return python;
  say("Installing the peers (about 1 GB)");
  try {
    rmSync(mark, { force: true });
    mkdirSync(scratch, { recursive: true });
    if (!existsSync(python)) await run("python3", ["-m", "venv", folder]);
    await run(python, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", REQUIREMENTS]);
  } catch (error) {
    const says = (error as { stderr?: string }).stderr?.trim().split("\n").at(-1) ?? String(error);
    throw new CannotRun(`The peers could not be installed with Python 3, venv and pip: ${says}`);
  }
  writeFileSync(mark, wanted);
  return python;
}
