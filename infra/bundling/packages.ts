/** Packages that cannot be bundled, copied as they are installed, without what Lambda has no use for. */
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { InputError } from "../../src/errors.ts";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Functions run on x86-64 Linux: that is where all of these have a binary. */
const PLATFORM = "linux-x64";

interface CopiedPackage {
  /** Packages that have to come along. */
  needs: readonly string[];
  /** Of the package's files, those that are needed. */
  keeps(path: string): boolean;
}

const isCode = (path: string) => !/\.(d\.[cm]?ts|map|md)$|(^|\/)(src|install|docs|script|__commonjs)(\/|$)/.test(path);
const whole: CopiedPackage = { needs: [], keeps: isCode };

const COPIED: Record<string, CopiedPackage> = {
  sharp: {
    needs: ["@img/colour", "detect-libc", "semver", `@img/sharp-${PLATFORM}`, `@img/sharp-libvips-${PLATFORM}`],
    keeps: isCode,
  },
  "@cornerstonejs/codec-libjpeg-turbo-8bit": {
    needs: [],
    keeps: (path) => ["package.json", "dist"].includes(path) || path.startsWith("dist/libjpegturbowasm_decode."),
  },
  "onnxruntime-node": {
    needs: ["onnxruntime-common"],
    keeps: (path) => isCode(path) && (!path.startsWith("bin/") || isOnTheWayTo(path, "bin/napi-v6/linux/x64")),
  },
};

function isOnTheWayTo(path: string, folder: string): boolean {
  return `${folder}/`.startsWith(`${path}/`) || path.startsWith(`${folder}/`);
}

/** Copies an installed package, with those that it needs, to `<folder>/node_modules`. */
export function copyPackage(name: string, folder: string): void {
  const { needs, keeps } = COPIED[name] ?? whole;
  const from = join(ROOT, "node_modules", name);
  if (!existsSync(join(from, "package.json"))) throw missing(name);
  const to = join(folder, "node_modules", name);
  mkdirSync(to, { recursive: true });
  cpSync(from, to, {
    recursive: true,
    dereference: true,
    filter: (source) => source === from || keeps(relative(from, source).split("\\").join("/")),
  });
  for (const need of needs) copyPackage(need, folder);
}

/** The module that stands for onnxruntime-node in a zip, and what it unpacks. */
export const PACKED_ONNXRUNTIME = join(ROOT, "functions/shared/packed-onnxruntime.ts");

/** Copies onnxruntime-node to `<folder>/packed`, its library compressed. */
export function packOnnxruntime(folder: string): void {
  const packed = join(folder, "packed");
  copyPackage("onnxruntime-node", packed);
  const library = join(packed, "node_modules/onnxruntime-node/bin/napi-v6/linux/x64/libonnxruntime.so.1");
  writeFileSync(`${library}.gz`, gzipSync(readFileSync(library)));
  rmSync(library);
}

/** The portable engine looks for its binary beside its code (src/engine/wasm.ts). */
export function copyWasmBinary(folder: string): void {
  const name = "tfjs-backend-wasm-simd.wasm";
  cpSync(join(ROOT, "node_modules/@tensorflow/tfjs-backend-wasm/dist", name), join(folder, name));
}

function missing(name: string): InputError {
  const version = optionalVersion(name);
  return new InputError({
    file: `node_modules/${name}`,
    problem: "The package that functions on x86-64 Linux need is not installed on this machine.",
    remedy: `Install it beside your own: npm install --no-save --os=linux --cpu=x64 --libc=glibc ${name}${version}`,
  });
}

function optionalVersion(name: string): string {
  const lock = JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8")) as {
    packages: Record<string, { version?: string }>;
  };
  const version = lock.packages[`node_modules/${name}`]?.version;
  return version ? `@${version}` : "";
}
