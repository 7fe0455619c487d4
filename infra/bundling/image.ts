/** What goes into a container image: the sources that are bundled inside it, nothing else of the repository. */
import { IgnoreMode } from "aws-cdk-lib";
import { Platform } from "aws-cdk-lib/aws-ecr-assets";
import { ROOT } from "./packages.ts";

const CONTEXT = [
  "package.json",
  "package-lock.json",
  ".npmrc",
  "tsconfig.json",
  "src",
  "functions",
  "infra/bundling",
  "scripts",
];

/** Folder and options of an image asset. */
export function imageContext(dockerfile: string) {
  const options = {
    file: dockerfile,
    platform: Platform.LINUX_AMD64,
    ignoreMode: IgnoreMode.DOCKER,
    exclude: ["*", ...CONTEXT.map((path) => `!${path}`)],
  };
  return [ROOT, options] as const;
}
