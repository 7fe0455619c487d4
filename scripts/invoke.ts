/**
 * Runs a function as it is deployed (its bundle, on Node 24, under Lambda's Runtime API) with an event of events/.
 *
 *     npm run invoke -- intake events/upload-encoded-keys.json
 *
 * It works on a folder of this machine (--folder, default .cache/invoke: objects/datasets/<name>/ is where uploads lie), or with
 * the platform that the environment names: ERRATA_PLATFORM=aws with the variables of infra/resources.ts, and AWS_ENDPOINT_URL for
 * an emulator.
 */
import { mkdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { bundle, FUNCTIONS, type FunctionName } from "../infra/bundling/build.ts";
import { ROOT } from "../infra/bundling/packages.ts";
import { startFunction } from "./lambda/runtime-api.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { folder: { type: "string", default: join(ROOT, ".cache", "invoke") } },
});
const [name, file] = positionals;
if (!(FUNCTIONS as readonly string[]).includes(name) || file === undefined) {
  console.error(`Usage: npm run invoke -- <${FUNCTIONS.join("|")}> events/<file>.json [--folder FOLDER]`);
  process.exit(2);
}

const bundled = join(ROOT, "dist", "functions", name);
await bundle(name as FunctionName, bundled);
mkdirSync(values.folder, { recursive: true });
const passed = Object.entries(process.env).filter(([key]) => /^(AWS_|ERRATA_|POWERTOOLS_)/.test(key));
const environment = { ERRATA_PLATFORM: `local:${resolve(values.folder)}`, ...Object.fromEntries(passed) };
const running = await startFunction({
  folder: bundled,
  name,
  environment: environment as Record<string, string>,
  timeoutSeconds: 900,
});
const { payload, isError, milliseconds } = await running.invoke(JSON.parse(readFileSync(file, "utf8")));
await running.stop();
console.log(JSON.stringify(payload, null, 2));
console.error(`${isError ? "failed" : "answered"} after ${Math.round(milliseconds)} ms, cold start included`);
process.exitCode = isError ? 1 : 0;
