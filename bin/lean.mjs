/**
 * `errata labels` as one file of JavaScript, so that neither TypeScript's loader nor the rest of the command line takes memory
 * and time beside arrays that may be larger than both. Made at the first use and again after its sources changed.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const BUNDLE = join(ROOT, "node_modules", ".cache", "errata", "labels.mjs");
/** Paths of everything that the bundle was made from. */
const INPUTS = `${BUNDLE}.json`;

/** Address of the module to import; undefined where it can be neither found nor made, as in a folder that is not ours to write to. */
export async function leanLabels() {
  try {
    if (!isFresh()) await make();
    return new URL(`file://${BUNDLE}`).href;
  } catch {
    return undefined;
  }
}

function isFresh() {
  if (!existsSync(INPUTS)) return false;
  const made = statSync(BUNDLE).mtimeMs;
  return JSON.parse(readFileSync(INPUTS, "utf8")).every((file) => statSync(join(ROOT, file)).mtimeMs < made);
}

async function make() {
  const { build } = await import("esbuild");
  const { outputFiles, metafile } = await build({
    entryPoints: [join(ROOT, "cli", "errata.ts")],
    absWorkingDir: ROOT,
    outfile: BUNDLE,
    write: false,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    banner: { js: 'import { createRequire } from "node:module";\nconst require = createRequire(import.meta.url);' },
    metafile: true,
    logLevel: "silent",
    plugins: [{ name: "labels only", setup: withoutOtherCommands }],
  });
  mkdirSync(dirname(BUNDLE), { recursive: true });
  put(BUNDLE, outputFiles[0].contents);
  put(INPUTS, JSON.stringify(Object.keys(metafile.inputs)));
}

/** The other commands load their code when they are run, which is never from here. */
function withoutOtherCommands({ onResolve }) {
  onResolve({ filter: /^\.\// }, ({ path, importer, kind }) =>
    kind === "dynamic-import" && path !== "./labels.ts"
      ? { path: resolve(dirname(importer), path), external: true }
      : undefined,
  );
}

function put(file, content) {
  const partial = `${file}.${process.pid}.partial`;
  writeFileSync(partial, content);
  renameSync(partial, file);
}
