/**
 * onnxruntime-node as a zip carries it: its library is 46 MB, which every cold start of every team would pay for, and few models
 * need. So it travels compressed, and is unpacked into /tmp when a model asks for it: 0.3 s, once a process. The bundler puts this
 * module in the package's place (infra/bundling/build.ts).
 */
import { cpSync, existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";

const LIBRARY = "node_modules/onnxruntime-node/bin/napi-v6/linux/x64/libonnxruntime.so.1";
const packed = join(dirname(fileURLToPath(import.meta.url)), "packed");
const { version } = JSON.parse(readFileSync(join(packed, "node_modules/onnxruntime-node/package.json"), "utf8"));
const unpacked = join(tmpdir(), `errata-onnxruntime-${version}`);

function unpack(): void {
  if (existsSync(unpacked)) return;
  // A function that was killed half-way may have left a part: the whole is named last.
  const draft = `${unpacked}-${process.pid}`;
  cpSync(packed, draft, { recursive: true, filter: (path) => !path.endsWith(".gz") });
  writeFileSync(join(draft, LIBRARY), gunzipSync(readFileSync(join(packed, `${LIBRARY}.gz`))));
  try {
    renameSync(draft, unpacked);
  } catch (error) {
    if (!existsSync(unpacked)) throw error;
  }
}

unpack();
const onnxruntime = createRequire(join(unpacked, "index.js"))("onnxruntime-node") as typeof import("onnxruntime-node");

export const { InferenceSession, Tensor } = onnxruntime;
export default onnxruntime;
