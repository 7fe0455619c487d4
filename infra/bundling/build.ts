/** Makes a function's folder: its code as one ES module with chunks, and the packages that cannot be bundled. */
import { readdirSync, rmSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { build, type Plugin } from "esbuild";
import { copyPackage, copyWasmBinary, PACKED_ONNXRUNTIME, packOnnxruntime, ROOT } from "./packages.ts";

export const FUNCTIONS = ["intake", "ingest", "infer", "screen", "sweep", "fleet"] as const;
export type FunctionName = (typeof FUNCTIONS)[number];

/** Lambda takes 250 MiB unzipped; beyond this a cold start would be felt. */
export const LARGEST_BYTES = 60_000_000;

/** Packages with a binary of their own beside their code. */
const DECODERS = ["sharp", "@cornerstonejs/codec-libjpeg-turbo-8bit"];

/** Never in a zip: native engines, which a container image or a GPU worker brings. */
const NATIVE_ENGINES = ["@tensorflow/tfjs-node", "@tensorflow/tfjs-backend-webgpu", "webgpu"];

/** CommonJS inside the bundle asks for these; an ES module has none of them. */
const BANNER = [
  `import { createRequire as createRequireOfBundle } from "node:module";`,
  "const require = createRequireOfBundle(import.meta.url);",
  "const __filename = import.meta.filename, __dirname = import.meta.dirname;",
].join("\n");

/** Only the worker trains: what augments images beside it is started as a file of its own (`src/model/augment-ahead.ts`). */
const THREADS = { "augment-thread": join(ROOT, "src", "model", "augment-thread.ts") };

export interface BundleOptions {
  /** Modules to use in place of the project's, by the end of the import's path. For tests: other stages. */
  replace?: Record<string, string>;
  /** Left to the image's own node_modules. For containers: every package with a native part. */
  external?: readonly string[];
  /** Copy packages that cannot be bundled. False where the image installs them. */
  copy?: boolean;
  node?: 22 | 24;
}

/** Bundles `functions/<name>/index.ts` into `folder`, which is emptied first. */
export async function bundle(
  name: FunctionName | "worker",
  folder: string,
  { replace = {}, external = [], copy = true, node = 24 }: BundleOptions = {},
): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  const { metafile } = await build({
    entryPoints: { index: join(ROOT, "functions", name, "index.ts"), ...(name === "worker" ? THREADS : {}) },
    outdir: folder,
    absWorkingDir: ROOT,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: `node${node}`,
    outExtension: { ".js": ".mjs" },
    banner: { js: BANNER },
    // Names stay: a stack trace in the log should say where it was.
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: "none",
    external: [...NATIVE_ENGINES, ...DECODERS, ...external],
    plugins: [replacing(copy ? { ...replace, "onnxruntime-node": PACKED_ONNXRUNTIME } : replace)],
    metafile: true,
    logLevel: "error",
  });
  if (!copy) return;
  const imports = Object.values(metafile.outputs).flatMap((output) => output.imports.map(({ path }) => path));
  const inputs = Object.keys(metafile.inputs);
  // The small decoder is imported by a path within its package.
  for (const name of DECODERS) if (imports.some((path) => path.startsWith(name))) copyPackage(name, folder);
  if (inputs.includes(relative(ROOT, PACKED_ONNXRUNTIME))) packOnnxruntime(folder);
  const holdsWasm = inputs.some((path) => path.startsWith("node_modules/@tensorflow/tfjs-backend-wasm/"));
  if (holdsWasm) copyWasmBinary(folder);
}

function replacing(replace: Record<string, string>): Plugin {
  return {
    name: "replace",
    setup: ({ onResolve }) => {
      for (const [end, path] of Object.entries(replace)) {
        onResolve({ filter: /./ }, (args) => (args.path.endsWith(end) ? { path } : undefined));
      }
    },
  };
}

/** Bytes of all files below a folder. */
export function sizeOf(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((bytes, entry) => bytes + statSync(join(entry.parentPath, entry.name)).size, 0);
}
