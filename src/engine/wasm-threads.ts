import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import { join } from "node:path";

/**
 * What the worker's code takes from a browser's global scope, or from helpers outside the function whose source the
 * threaded build hands to its workers.
 */
const WORKER_GLOBALS = `
global.require$$0 = require("fs");
global.require$$1 = require("path");
global.require$$3 = require("perf_hooks");
global.require$$4 = require("os");
global.commonjsGlobal = global;
global._scriptDir = __filename;
global.__filename = __filename;
global.__dirname = __dirname;
global.__values = (items) => items[Symbol.iterator]();
global.__read = (items, count) => Array.from(items).slice(0, count);
global.__spreadArray = (to, from) => to.concat(Array.from(from));
`;

/** Stands in for a browser's Blob: keeps the text, and a file of it where a worker needs one. */
class FileBlob {
  readonly text: string;
  constructor(parts: string[]) {
    this.text = parts.join("");
  }
}

/**
 * Starts the threaded build of tfjs' wasm backend in Node. Its workers come from a `blob:` address, which
 * `node:worker_threads` refuses, so they are written to a temporary folder; and it takes no more threads than half of
 * the processors that `os.cpus()` lists, so twice as many are listed while it starts. Both are put back afterwards.
 */
export async function withThreads(threads: number, start: () => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(os.tmpdir(), "errata-wasm-"));
  const stock = { Blob: globalThis.Blob, createObjectURL: URL.createObjectURL, cpus: os.cpus };
  // Each text has a file of its own: a worker may still be reading its one when the next is written.
  let files = 0;
  const kept = (text: string): string => {
    const path = join(folder, `${files++}.js`);
    writeFileSync(path, text);
    return path;
  };
  globalThis.Blob = class extends FileBlob {
    readonly path?: string;
    constructor(parts: string[]) {
      super(parts);
      if (this.text.startsWith("var WasmBackendModuleThreadedSimd")) this.path = kept(this.text);
    }
  } as unknown as typeof Blob;
  URL.createObjectURL = (blob) => {
    const source = (blob as unknown as FileBlob).text
      .replace("URL.createObjectURL(e.data.urlOrBlob)", "e.data.urlOrBlob.path")
      .replace("URL.revokeObjectURL(objectUrl)", "0");
    return kept(WORKER_GLOBALS + source);
  };
  os.cpus = () => Array.from({ length: 2 * threads }, () => stock.cpus()[0]);
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  try {
    await start();
  } finally {
    globalThis.Blob = stock.Blob;
    URL.createObjectURL = stock.createObjectURL;
    os.cpus = stock.cpus;
  }
}
