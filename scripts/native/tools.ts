import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";

/** Something on this machine keeps the engine from being built; the message says what to do. */
export class CannotBuild extends Error {}

export interface Tools {
  /** A Python with pip, as words of a command. */
  pip: string[];
  compiler: string;
}

const runs = (command: string, ...args: string[]): boolean =>
  spawnSync(command, args, { stdio: "ignore" }).status === 0;

/** @throws CannotBuild naming every tool that is missing */
export function findTools(): Tools {
  const python = ["python3", "python"].find((name) => runs(name, "--version"));
  const hasPip = python !== undefined && runs(python, "-m", "pip", "--version");
  const compilers = [process.env.CXX, "g++", "clang++", "c++"].filter((name) => name !== undefined);
  const compiler = compilers.find((name) => runs(name, "--version"));
  const missing: string[] = [];
  if (!python)
    missing.push("Python 3 with pip (Debian: apt-get install python3-pip): pip fetches TensorFlow's library");
  else if (!hasPip)
    missing.push(`pip for ${python} (Debian: apt-get install python3-pip): it fetches TensorFlow's library`);
  if (!compiler) missing.push("a C++17 compiler (Debian: apt-get install g++), or set CXX: it builds the addon");
  const binutils = ["nm", "strip"].filter((name) => !runs(name, "--version"));
  if (binutils.length > 0) missing.push(`${binutils.join(" and ")} (Debian: apt-get install binutils)`);
  if (missing.length > 0)
    throw new CannotBuild(`Missing on this machine:\n${missing.map((line) => `  - ${line}`).join("\n")}`);
  return { pip: [python!, "-m", "pip"], compiler: compiler! };
}

/** Runs a command and keeps its output for the message where it fails. */
export async function run(
  command: string,
  args: string[],
  options: { cwd?: string; failure: string },
): Promise<string> {
  const child = spawn(command, args, { cwd: options.cwd, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (output += text));
  const status = await new Promise<number | null>((resolve, reject) => child.on("error", reject).on("close", resolve));
  if (status === 0) return output;
  const tail = output.trim().split("\n").slice(-12).join("\n");
  throw new CannotBuild(`${options.failure}\n${tail}`);
}

export async function sha256(file: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  return hash.digest("hex");
}
