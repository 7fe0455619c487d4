import { chmod, mkdir, readdir, rm, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { addonOf } from "../../src/engine/native-path.ts";
import { HEADERS } from "./plan.ts";
import { CannotBuild, run, type Tools } from "./tools.ts";
import { unpack } from "./unpack.ts";

const LIBRARIES = ["libtensorflow_cc.so.2", "libtensorflow_framework.so.2"];
/** The C interface and what it includes. */
const C_HEADERS =
  /^tensorflow\/include\/((?:tensorflow\/c|tensorflow\/core\/platform|tsl\/platform|xla\/tsl\/c)\/.+\.h)$/;

/** Puts headers and libraries where the package's own build expects them: deps/include and deps/lib. */
export async function placeTensorflow(wheel: string, packageFolder: string): Promise<void> {
  const deps = join(packageFolder, "deps");
  const place = (entry: string): string | undefined => {
    const library = LIBRARIES.find((name) => entry === `tensorflow/${name}`);
    if (library) return join("lib", library);
    const header = C_HEADERS.exec(entry);
    return header ? join("include", header[1]) : undefined;
  };
  await unpack(wheel, deps, place);
  const found = await readdir(join(deps, "lib")).catch((): string[] => []);
  const missing = LIBRARIES.filter((name) => !found.includes(name));
  if (missing.length > 0) throw new CannotBuild(`The wheel has no ${missing.join(" and no ")}.`);
  for (const name of LIBRARIES) await chmod(join(deps, "lib", name), 0o755);
  // The linker asks for -ltensorflow; a wheel's C interface is in libtensorflow_cc.
  await symlink("libtensorflow_cc.so.2", join(deps, "lib", "libtensorflow.so"));
  await symlink("libtensorflow_framework.so.2", join(deps, "lib", "libtensorflow_framework.so"));
}

/**
 * Compiles the addon as the package's binding.gyp does, without node-gyp: two files that need Node-API's headers only.
 * The one difference is C++17, which TensorFlow's headers need since 2.10.
 */
export async function compile(tools: Tools, folder: string, packageFolder: string): Promise<void> {
  const addon = addonOf(packageFolder);
  await mkdir(dirname(addon), { recursive: true });
  const includes = [join(packageFolder, "deps", "include"), join(folder, "node_modules", HEADERS.name, "include")];
  const lib = join(packageFolder, "deps", "lib");
  const args = ["-std=c++17", "-O2", "-fPIC", "-shared", "-fno-exceptions", "-DNAPI_VERSION=8"];
  args.push("-DBUILDING_NODE_EXTENSION", "-DNODE_GYP_MODULE_NAME=tfjs_binding");
  args.push(...includes.map((at) => `-I${at}`), "binding/tfjs_backend.cc", "binding/tfjs_binding.cc");
  args.push(
    `-L${lib}`,
    "-Wl,-rpath,$ORIGIN/../../deps/lib",
    "-ltensorflow",
    "-ltensorflow_framework",
    "-s",
    "-o",
    addon,
  );
  await run(tools.compiler, args, { cwd: packageFolder, failure: `${tools.compiler} could not build the addon:` });
  await reportMissing(tools, lib, packageFolder);
}

/** Names the functions that the library lacks: the linker leaves them open, and the first call would end the process. */
async function reportMissing(tools: Tools, lib: string, packageFolder: string): Promise<void> {
  const symbols = await run("nm", ["-D", "--undefined-only", addonOf(packageFolder)], { failure: "nm failed:" });
  const used = [...symbols.matchAll(/\bU (TFE?_\w+)/g)].map((match) => match[1]);
  const exported = await run("nm", ["-D", "--defined-only", ...LIBRARIES.map((name) => join(lib, name))], {
    failure: "nm failed:",
  });
  const known = new Set([...exported.matchAll(/ T (TFE?_\w+)/g)].map((match) => match[1]));
  const missing = used.filter((name) => !known.has(name));
  if (missing.length > 0)
    throw new CannotBuild(`${tools.compiler} linked, but the library has no ${missing.join(", ")}.`);
  console.log(`The addon uses ${used.length} functions of TensorFlow's C interface; the library has all of them.`);
}

/** Drops symbols that only a debugger reads, and every file that nothing loads. */
export async function shrink(folder: string, packageFolder: string): Promise<void> {
  const libraries = LIBRARIES.map((name) => join(packageFolder, "deps", "lib", name));
  await run("strip", ["--strip-unneeded", ...libraries], { failure: "strip failed:" });
  for (const part of ["deps/include", "binding", "src", "python", "scripts"])
    await rm(join(packageFolder, part), { recursive: true, force: true });
  await rm(join(folder, "node_modules", HEADERS.name), { recursive: true });
  await dropUnused(join(folder, "node_modules", "@tensorflow"));
}

const UNUSED = /\.map$|\.html$|\.d\.ts$|_test\.js$|\.min\.js$|\bfesm\b|\bes2017\b|tsbuildinfo$/;

async function dropUnused(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }))
    if (entry.isFile() && UNUSED.test(entry.name)) await rm(join(entry.parentPath, entry.name));
}
