import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { NATIVE } from "../../src/engine/native-path.ts";
import { DOWNLOADS, HEADERS, PACKAGE, ROOT, SHARED, type Wheel } from "./plan.ts";
import { CannotBuild, run, sha256, type Tools } from "./tools.ts";

interface Lock {
  name: string;
  packages: Record<string, { version?: string; integrity?: string; dependencies?: Record<string, string> }>;
}

/** Installs the package without its install script, at the versions and checksums of the project's lockfile. */
export async function installPackage(folder: string): Promise<void> {
  const lock = JSON.parse(await readFile(join(ROOT, "package-lock.json"), "utf8")) as Lock;
  const locked = lock.packages[`node_modules/${PACKAGE}`]?.version;
  if (locked !== NATIVE.tfjsNode)
    throw new CannotBuild(
      `package-lock.json has ${PACKAGE} ${locked ?? "nowhere"}, this command builds ${NATIVE.tfjsNode}.`,
    );
  const dependencies = { [PACKAGE]: NATIVE.tfjsNode, [HEADERS.name]: HEADERS.version };
  lock.name = "errata-native";
  lock.packages[""] = { dependencies };
  lock.packages[`node_modules/${HEADERS.name}`] = { version: HEADERS.version, integrity: HEADERS.integrity };
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "package.json"), JSON.stringify({ private: true, dependencies }));
  await writeFile(join(folder, "package-lock.json"), JSON.stringify(lock));
  await run("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund"], {
    cwd: folder,
    failure: `npm could not install ${PACKAGE} ${NATIVE.tfjsNode}:`,
  });
  await shareWithProject(folder, lock);
}

/** Drops the copies of what the project has: `require` goes up from here and finds those. */
async function shareWithProject(folder: string, lock: Lock): Promise<void> {
  for (const name of SHARED) {
    const at = join(ROOT, "node_modules", name, "package.json");
    if (!existsSync(at)) throw new CannotBuild(`${name} is not installed in the project: run \`npm ci\` first.`);
    const { version } = JSON.parse(await readFile(at, "utf8")) as { version: string };
    const wanted = lock.packages[`node_modules/${name}`].version;
    if (version !== wanted)
      throw new CannotBuild(`${name} is ${version} in node_modules and ${wanted} in the lockfile: run \`npm ci\`.`);
    await rm(join(folder, "node_modules", name), { recursive: true });
  }
}

/** @returns the wheel's file, its checksum verified */
export async function downloadWheel(wheel: Wheel, tools: Tools): Promise<string> {
  await mkdir(DOWNLOADS, { recursive: true });
  const kept = await findWheel(wheel);
  if (kept) return kept;
  const [command, ...pip] = tools.pip;
  const tags = ["--platform", wheel.platform, "--python-version", wheel.python, "--implementation", "cp"];
  const options = ["--no-deps", "--only-binary=:all:", "--disable-pip-version-check", ...tags, "--dest", DOWNLOADS];
  await run(command, [...pip, "download", ...options, `${wheel.project}==${wheel.version}`], {
    failure: `pip could not download ${wheel.project} ${wheel.version} for ${wheel.platform}:`,
  });
  const fetched = await findWheel(wheel);
  if (!fetched) throw new CannotBuild(`pip left no wheel with checksum ${wheel.sha256} in ${DOWNLOADS}.`);
  return fetched;
}

async function findWheel(wheel: Wheel): Promise<string | undefined> {
  const named = `${wheel.project.replace("-", "_")}-${wheel.version}-`;
  for (const name of await readdir(DOWNLOADS)) {
    if (!name.startsWith(named) || !name.endsWith(`${wheel.platform}.whl`)) continue;
    const file = join(DOWNLOADS, name);
    if ((await sha256(file)) === wheel.sha256) return file;
    await rm(file);
    console.warn(`Dropped ${name}: its checksum is not the recorded one.`);
  }
  return undefined;
}
