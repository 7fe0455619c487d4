/** The Node that functions are deployed on. */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const NODE_24 = fileURLToPath(new URL("../../test/node24/node_modules/node/bin/node", import.meta.url));

let told = false;

/** Path of Node 24 where it is installed (`npm ci --prefix test/node24`); this process' own, with a word, where it is not. */
export function deployedNode(): string {
  if (existsSync(NODE_24)) return NODE_24;
  if (!told) {
    console.warn(
      `Functions run on Node ${process.versions.node} here: npm ci --prefix test/node24 installs Node 24, theirs.`,
    );
  }
  told = true;
  return process.execPath;
}
