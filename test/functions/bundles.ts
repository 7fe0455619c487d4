/** Bundles under the Runtime API on Node 24, with a folder in place of the team's account. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { SQSBatchResponse, SQSEvent } from "aws-lambda";
import { openPlatform } from "../../functions/shared/platform.ts";
import { bundle, type FunctionName } from "../../infra/bundling/build.ts";
import { type LocalFunction, startFunction } from "../../scripts/lambda/runtime-api.ts";
import type { Ports } from "../../src/pipeline/ports.ts";

/** Stages of this folder in place of the real ones. */
export const TEST_STAGES = {
  "pipeline/stages/index.ts": fileURLToPath(new URL("fixtures/stages.ts", import.meta.url)),
};

export interface Bench {
  /** Objects lie below `objects/`. */
  folder: string;
  ports: Ports;
  running: LocalFunction;
  /** What the function wrote. */
  log(): string;
  invoke(event: unknown): Promise<SQSBatchResponse>;
  stop(): Promise<void>;
}

export async function startBundle(
  name: FunctionName,
  environment: Record<string, string> = {},
  stages = TEST_STAGES["pipeline/stages/index.ts"],
): Promise<Bench> {
  const folder = mkdtempSync(join(tmpdir(), "errata-function-"));
  const bundled = join(folder, "bundle");
  await bundle(name, bundled, { replace: { "pipeline/stages/index.ts": stages } });
  let output = "";
  const running = await startFunction({
    folder: bundled,
    name,
    environment: { ERRATA_PLATFORM: `local:${folder}`, ...environment },
    onOutput: (text) => (output += text),
  });
  return {
    folder,
    ports: await openPlatform({ ERRATA_PLATFORM: `local:${folder}` }),
    running,
    log: () => output,
    invoke: async (event) => {
      const { payload, isError } = await running.invoke(event);
      if (isError) throw new Error(`${JSON.stringify(payload)}\n${output}`);
      return payload as SQSBatchResponse;
    },
    stop: async () => {
      await running.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export function readEvent(name: string): SQSEvent {
  return JSON.parse(readFileSync(new URL(`../../events/${name}.json`, import.meta.url), "utf8"));
}

/** Uploads a file of a dataset. */
export function upload({ folder }: Bench, dataset: string, file: string, content: string): void {
  const path = join(folder, "objects", "datasets", dataset, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

export const REQUEST = JSON.stringify({ schema: "errata/request@1", task: "classification", data: { path: "." } });

/** All runs that the ledger knows, finished or not. */
export async function runsOf({ ports }: Bench): Promise<string[]> {
  const runs = new Set<string>();
  for await (const { key } of ports.store.list("runs/")) runs.add(key.split("/")[1]);
  return [...runs].sort();
}
