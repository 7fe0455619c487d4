/**
 * Makes the native engine work where @tensorflow/tfjs-node cannot download its binary: builds its addon against
 * TensorFlow's C library from PyPI, into .native. A second run finds what is there.
 *
 *     npm run native                 build, unless the package installed by itself
 *     npm run native -- --force      build even so
 *     npm run native -- --remove     undo
 */
import { existsSync } from "node:fs";
import { rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { addonOf, nativePackagePath } from "../src/engine/native-path.ts";
import { compile, placeTensorflow, shrink } from "./native/build.ts";
import { downloadWheel, installPackage } from "./native/fetch.ts";
import { patch } from "./native/patch.ts";
import { CACHE, DOWNLOADS, PACKAGE, ROOT, TARGET, wheelForHere } from "./native/plan.ts";
import { CannotBuild, findTools, run } from "./native/tools.ts";

const { values } = parseArgs({ options: { force: { type: "boolean" }, remove: { type: "boolean" } } });
const own = join(ROOT, "node_modules", PACKAGE);

async function build(): Promise<void> {
  const wheel = wheelForHere();
  if (!wheel)
    throw new CannotBuild(
      `No library is known for ${process.platform}-${process.arch}: use \`npm install ${PACKAGE}\`, or the engine wasm.`,
    );
  const tools = findTools();
  const folder = `${TARGET}.${process.pid}`;
  const packageFolder = join(folder, "node_modules", PACKAGE);
  try {
    console.log(`Fetching ${PACKAGE} and ${wheel.project} ${wheel.version} (about 270 MB)`);
    const [file] = await Promise.all([downloadWheel(wheel, tools), installPackage(folder)]);
    console.log(`Building with ${tools.compiler}`);
    await placeTensorflow(file, packageFolder);
    await patch(packageFolder);
    await compile(tools, folder, packageFolder);
    await shrink(folder, packageFolder);
    console.log((await smoke(packageFolder)).trim());
    await writeFile(join(folder, "built.json"), JSON.stringify({ wheel, node: process.version }, null, 2));
    await rm(TARGET, { recursive: true, force: true });
    await rename(folder, TARGET);
    await rm(DOWNLOADS, { recursive: true });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Loads the engine in a process of its own and multiplies two matrices. */
const smoke = (packageFolder: string): Promise<string> => {
  const program = `
    require("util").isNullOrUndefined ??= (value) => value == null;
    const tf = require(${JSON.stringify(packageFolder)});
    const [four] = tf.matMul(tf.ones([1, 4]), tf.ones([4, 1])).dataSync();
    if (four !== 4) throw new Error("1 x 4 times 4 x 1 gave " + four);
    if (tf.engine() !== require(${JSON.stringify(join(ROOT, "node_modules", "@tensorflow", "tfjs-core"))}).engine())
      throw new Error("there are two copies of tfjs-core");
    console.log("It loads: TensorFlow " + tf.backend().binding.TF_Version);`;
  process.env.TF_CPP_MIN_LOG_LEVEL ??= "2";
  return run(process.execPath, ["-e", program], { failure: "The addon was built, but it does not work:" });
};

async function main(): Promise<void> {
  if (values.remove) {
    const there = existsSync(CACHE);
    await rm(CACHE, { recursive: true, force: true });
    return console.log(there ? `Removed ${CACHE}` : "There is nothing to remove.");
  }
  const built = nativePackagePath();
  if (built && !values.force) return console.log(`The native engine is built: ${built}`);
  if (existsSync(addonOf(own)) && !values.force) return console.log(`${PACKAGE} installed by itself: ${own}`);
  await build();
  console.log(`The native engine is built: ${join(TARGET, "node_modules", PACKAGE)}`);
}

await main().catch((error: unknown) => {
  if (!(error instanceof CannotBuild)) throw error;
  console.error(`The native engine was not built. ${error.message}`);
  process.exitCode = 1;
});
