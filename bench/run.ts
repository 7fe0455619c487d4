/**
 * Measures the project beside its peers, in turns within one run, and writes the table to bench/results.
 *
 *     npm run bench                       every row
 *     npm run bench -- labels images      some rows; the table keeps the others' last results
 *     npm run bench -- --quick            smaller sizes, for a look
 *     npm run bench -- --rounds 9         turns a comparison (default 5)
 */
import { mkdirSync } from "node:fs";
import os from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { InputError } from "../src/errors.ts";
import { machine } from "./machine.ts";
import { installPeers } from "./peers.ts";
import { ROWS } from "./rows/index.ts";
import { lineText, type Result, writeResult, writeTable } from "./table.ts";
import { type Bench, CannotRun, type Row } from "./types.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: "boolean", default: false }, rounds: { type: "string", default: "5" } },
});
const unknown = positionals.filter((name) => !ROWS.some((row) => row.name === name));
if (unknown.length > 0) {
  console.error(`There is no row ${unknown.join(", ")}. Rows: ${ROWS.map(({ name }) => name).join(", ")}.`);
  process.exit(2);
}

const scratch = fileURLToPath(new URL("../.cache/bench", import.meta.url));
mkdirSync(scratch, { recursive: true });
const say = (text: string) => console.error(`  ${text}`);
const bench: Bench = {
  quick: values.quick,
  rounds: Number(values.rounds),
  scratch,
  say,
  python: () => installPeers(scratch, say),
};

async function measure(row: Row): Promise<Result> {
  const started = performance.now();
  const load = os.loadavg()[0];
  const command = `npm run bench -- ${row.name}${values.quick ? " --quick" : ""}${values.rounds === "5" ? "" : ` --rounds ${values.rounds}`}`;
  const about = { row: row.name, title: row.title, command, date: new Date().toISOString().slice(0, 16) };
  const done = () => ({
    seconds: Math.round((performance.now() - started) / 1000),
    machine: machine(),
    load: Math.max(load, os.loadavg()[0]),
  });
  try {
    return { ...about, lines: await row.run(bench), ...done() };
  } catch (error) {
    if (!(error instanceof CannotRun || error instanceof InputError)) throw error;
    return { ...about, lines: [], cannot: error.message, ...done() };
  }
}

const results = join(fileURLToPath(new URL("results", import.meta.url)));
for (const row of ROWS) {
  if (positionals.length > 0 && !positionals.includes(row.name)) continue;
  console.error(row.title);
  const result = await measure(row);
  for (const line of result.lines) console.log(`${row.name.padEnd(20)} ${lineText(line)}`);
  if (result.cannot) console.log(`${row.name.padEnd(20)} cannot run: ${result.cannot}`);
  writeResult(results, result);
}
writeTable(results, ROWS);
process.exit(0);
