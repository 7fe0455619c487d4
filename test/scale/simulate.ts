/** A run of any size through the real mechanism: the real intake, plans, messages, ledger; the work itself is left out. */
import sharp from "sharp";
import type { Files } from "../../src/dataset/types.ts";
import { drive } from "../../src/pipeline/advance.ts";
import { handle } from "../../src/pipeline/handle.ts";
import { startRun } from "../../src/pipeline/run.ts";
import { runKey, type Stage } from "../../src/pipeline/stage.ts";
import real from "../../src/pipeline/stages/index.ts";
import { makeWorld } from "../pipeline/memory.ts";
import { type Counts, counting } from "./counting.ts";

/** Rounds that experiments come in. */
const ROUNDS = 5;
const CLASSES = 10;

export interface Simulated {
  counts: Counts;
  shards: number;
  /** Items worked, by stage. */
  items: Counts;
  seconds: number;
  kind: string;
}

/** A folder of `images` files: keys are made as they are asked for, all files hold one picture. */
export async function folderOf(images: number): Promise<Files> {
  const bytes = await sharp({ create: { width: 8, height: 8, channels: 3, background: "teal" } })
    .png()
    .toBuffer();
  const each = images / CLASSES;
  return {
    async *list() {
      for (let k = 0; k < CLASSES; k++)
        for (let n = 0; n < each; n++)
          yield { key: `class-${k}/${String(n).padStart(6, "0")}.png`, bytes: bytes.length };
    },
    read: async () => bytes,
    async *stream() {
      yield bytes;
    },
  };
}

const SUBJECT = { kind: "default" };
export const inputFor = (name: string) => ({
  name,
  location: name,
  data: { path: "." },
  subject: SUBJECT,
  effort: "quick",
  seed: 7,
  engine: "wasm",
  startedAt: 0,
});

function simulatedStages(experiments: number): Stage[] {
  const put = async ({ run, store, stage, round }: Parameters<Stage["work"]>[0], id: string) =>
    store.put(runKey(run, "results", stage, `${round}-${id}`), new Uint8Array(1));
  const [intake, ingest, train, infer, screen, experiment, report] = real();
  const light = (stage: Stage, plan: Stage["plan"]): Stage => ({
    ...stage,
    plan,
    work: (context, { id }) => put(context, id),
  });
  const perShard: Stage["plan"] = (context, round) => ingest.plan(context, round);
  const some =
    (count: number, rounds = 1): Stage["plan"] =>
    async (_, round) =>
      round < rounds ? Array.from({ length: count / rounds }, (_, n) => ({ id: `${round}-${n}` })) : [];
  return [
    intake,
    light(ingest, perShard),
    light(train, some(10)),
    light(infer, perShard),
    light(screen, some(1)),
    light(experiment, some(experiments, ROUNDS)),
    {
      ...light(report, some(1)),
      work: async (context, { id }) => {
        const missing = (await context.history()).flatMap(({ items, outcomes }) =>
          items.filter((item) => !outcomes.has(item.id)),
        );
        if (missing.length > 1) throw new Error(`${missing.length} items are missing.`);
        await put(context, id);
      },
      conclude: async () => "All is said.",
    },
  ];
}

export async function simulateRun(images: number, experiments: number): Promise<Simulated> {
  const started = performance.now();
  // A process keeps what it opened by the run's name.
  const run = `scale-${images}`;
  const counts: Counts = {};
  const items: Counts = {};
  let at = "opened";
  const files = await folderOf(images);
  const ports = counting({ ...makeWorld(), dataset: () => files }, counts, () => at);
  const stages = simulatedStages(experiments);
  await startRun(ports, { run, deadlineMinutes: 600, request: inputFor(run) });
  await drive(ports, stages, run);
  const queue = ports.queue("");
  const hooks = { progress: () => {}, signal: new AbortController().signal };
  for (;;) {
    const [received] = await queue.receive({ max: 1, visibilitySeconds: 3600, waitSeconds: 0 });
    if (!received) break;
    at = JSON.parse(received.body).stage;
    const { outcome } = await handle(ports, stages, { body: received.body, last: false }, hooks);
    if (outcome === "done") items[at] = (items[at] ?? 0) + 1;
    await queue.acknowledge(received.receipt);
  }
  const { kind } = (await ports.ledger.state(run))!.step;
  return { counts, items, shards: items.ingest, kind, seconds: (performance.now() - started) / 1000 };
}
