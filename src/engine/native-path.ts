import { existsSync } from "node:fs";
import { dirname, join, parse } from "node:path";
import { fileURLToPath } from "node:url";

/** What `npm run native` builds: the addon of this package, with our patches, against this TensorFlow. */
export const NATIVE = { tfjsNode: "4.22.0", patches: 2, tensorflow: "2.21.0" } as const;

/** The name of the folder below `.native` for this machine and these versions. */
export const nativeFolder = (): string =>
  `tfjs${NATIVE.tfjsNode}-p${NATIVE.patches}-tf${NATIVE.tensorflow}-${process.platform}-${process.arch}`;

/** The addon inside a package folder: Node-API 8 is in Node 20, 22 and 24, so one binary serves all. */
export const addonOf = (packageFolder: string): string => join(packageFolder, "lib", "napi-v8", "tfjs_binding.node");

/**
 * The folder of the @tensorflow/tfjs-node that `npm run native` built, or null where there is none.
 *
 * It has no copies of tfjs-core, -layers, -converter and -backend-cpu: it lies inside the project, so that its
 * `require` finds the project's. Loading it registers the backend on the one tfjs-core that the project imports.
 */
export function nativePackagePath(): string | null {
  for (let folder = dirname(fileURLToPath(import.meta.url)); folder !== parse(folder).root; folder = dirname(folder)) {
    const built = join(folder, ".native", nativeFolder(), "node_modules", "@tensorflow", "tfjs-node");
    if (existsSync(addonOf(built))) return built;
  }
  return null;
}
