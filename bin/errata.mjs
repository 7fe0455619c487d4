#!/usr/bin/env node
import { leanLabels } from "./lean.mjs";

const lean = process.argv[2] === "labels" ? await leanLabels() : undefined;
if (lean) await import(lean);
else {
  const { register } = await import("tsx/esm/api");
  register();
  await import("../cli/errata.ts");
}
