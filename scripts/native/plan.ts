import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { NATIVE, nativeFolder } from "../../src/engine/native-path.ts";

export const ROOT = fileURLToPath(new URL("../../", import.meta.url));
/** Everything that this command makes lies here; removing it undoes it. */
export const CACHE = join(ROOT, ".native");
export const TARGET = join(CACHE, nativeFolder());
export const DOWNLOADS = join(CACHE, "downloads");

export const PACKAGE = "@tensorflow/tfjs-node";

/** Node-API's C headers, so that no Node headers need to be on the machine or downloaded. */
export const HEADERS = {
  name: "node-api-headers",
  version: "1.9.0",
  integrity: "sha512-2oNILP4jXwRB4ywnYKjVk1YyJ96n2D4EOVJO6S3oYZ5PtbJrw3Yt9TpAuX3nBLMuzn74rnfGQrv13pS9vC+YiA==",
} as const;

/** Taken from the project, so that there is one tensor registry a process. */
export const SHARED = ["core", "layers", "converter", "backend-cpu"].map((part) => `@tensorflow/tfjs-${part}`);

export interface Wheel {
  project: string;
  version: string;
  /** pip's name of the platform. Only shared objects are taken from the wheel: its Python version does not matter. */
  platform: string;
  python: string;
  sha256: string;
}

/** TensorFlow's C library, by Node's name of platform and processor. */
const WHEELS: Record<string, Wheel> = {
  "linux-x64": {
    project: "tensorflow-cpu",
    version: NATIVE.tensorflow,
    platform: "manylinux_2_27_x86_64",
    python: "3.12",
    sha256: "dcc8afd32930e42d5296b6ee19078b773706830af4ea97fbe503b9f5e0f820cb",
  },
  "linux-arm64": {
    project: "tensorflow",
    version: NATIVE.tensorflow,
    platform: "manylinux_2_27_aarch64",
    python: "3.12",
    sha256: "b07d15737406533898e36c7ef7944b1be18e9028dc521b9229952c537bbc5552",
  },
};

export const wheelForHere = (): Wheel | undefined => WHEELS[`${process.platform}-${process.arch}`];
