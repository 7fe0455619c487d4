/**
 * Bundles functions and prints their sizes; fails where one is too large.
 *
 *     npm run bundle                        all of them, to dist/functions/<name>
 *     npm run bundle -- infer --out DIR     one, to DIR
 *     npm run bundle -- infer --container   for an image that installs its own packages, on Node 22
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import {
  type BundleOptions,
  bundle,
  FUNCTIONS,
  type FunctionName,
  LARGEST_BYTES,
  sizeOf,
} from "../infra/bundling/build.ts";
import { ROOT } from "../infra/bundling/packages.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { out: { type: "string" }, container: { type: "boolean", default: false } },
});

const known: readonly string[] = [...FUNCTIONS, "worker"];
const unknown = positionals.filter((name) => !known.includes(name));
if (unknown.length > 0 || (values.out !== undefined && positionals.length !== 1)) {
  console.error(`Usage: bundle [${known.join("|")}] [--out FOLDER (with one name)] [--container]`);
  process.exit(2);
}

/** Packages with a native part: the image's own, so that there is one copy of each. */
const CONTAINER: BundleOptions = {
  external: ["@tensorflow/*", "onnxruntime-node", "sharp"],
  copy: false,
  node: 22,
};

const names = (positionals.length > 0 ? positionals : FUNCTIONS) as (FunctionName | "worker")[];
let tooLarge = false;
for (const name of names) {
  const folder = values.out ?? join(ROOT, "dist", "functions", name);
  const started = performance.now();
  try {
    await bundle(name, folder, values.container || name === "worker" ? CONTAINER : {});
  } catch (error) {
    console.error(`${name} could not be bundled: ${(error as Error).message}`);
    process.exit(1);
  }
  const bytes = sizeOf(folder);
  tooLarge ||= bytes > LARGEST_BYTES;
  const seconds = (performance.now() - started) / 1000;
  console.log(
    `${name.padEnd(8)}${(bytes / 1e6).toFixed(1).padStart(7)} MB unzipped${seconds.toFixed(1).padStart(7)} s`,
  );
}
if (tooLarge) {
  console.error(`A zip function may not exceed ${LARGEST_BYTES / 1e6} MB unzipped.`);
  process.exit(1);
}
