/** A function's code for CDK: bundled here, without Docker. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { AssetHashType, DockerImage } from "aws-cdk-lib";
import { Code } from "aws-cdk-lib/aws-lambda";
import type { FunctionName } from "./build.ts";
import { ROOT } from "./packages.ts";

/** The asset's hash is that of the bundle: what does not change is not deployed again. */
export function bundledCode(name: FunctionName): Code {
  return Code.fromAsset(join(ROOT, "functions", name), {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      // Asked for by the type, never used: `tryBundle` does it, or fails with its reason.
      image: DockerImage.fromRegistry("unused"),
      local: {
        tryBundle: (folder) => {
          // CDK waits for an answer, esbuild's plugins do not give one at once: hence a process.
          execFileSync(process.execPath, ["--import", "tsx", "scripts/bundle.ts", name, "--out", folder], {
            cwd: ROOT,
            stdio: ["ignore", "ignore", "inherit"],
          });
          return true;
        },
      },
    },
  });
}
