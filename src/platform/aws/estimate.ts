/** What an audit costs, from rates that were measured on its own data. */
import { EFFORTS, type EffortName, mostOf, observationOf } from "../../audit/effort.ts";
import { ITEM_CALLS } from "./call-rates.ts";
import { STAGE_FUNCTIONS, WORKER_IDLE_SECONDS } from "./function-sizes.ts";
import { GPU_INSTANCES, jobSize } from "./gpu-instances.ts";
import type { Cost } from "./idle.ts";
import { PRICES } from "./prices.ts";
import type { Settings } from "./team-settings.ts";

/** Measured on this machine with the dataset and recipe that are to be audited (`measure.ts`). */
export interface Rates {
  images: number;
  /** Of the files that are uploaded. */
  files: number;
  bytes: number;
  shards: number;
  /** A packed image: pixels as the model sees them and its row of the table. */
  packedBytes: number;
  effort: EffortName;
  engine: string;
  intakeSeconds: number;
  /** To open the engine and whatever else comes before a shard's first image. */
  startSeconds: number;
  ingestSecondsAnImage: number;
  inferSecondsAnImage: number;
  /** Absent where nothing is trained. */
  training?: { imagesASecond: number; imagesARun: number };
}

export interface Estimate {
  costs: Cost[];
  totalUsd: number;
  /** What the figures rest on, for a person. */
  notes: string[];
}

const gib = (mebibytes: number) => mebibytes / 1024;
const number = (value: number) => value.toLocaleString("en", { maximumFractionDigits: 0 });

export function estimate(rates: Rates, { gpu, retentionDays }: Pick<Settings, "gpu" | "retentionDays">): Estimate {
  const { images, shards, bytes, effort, training } = rates;
  const mostRuns = mostOf(EFFORTS[effort]);
  // An experiment costs about one run: as many items as runs may be paid for.
  const trainingItems = training ? Math.max(mostRuns, observationOf(EFFORTS[effort])) : 0;
  const functionItems = 1 + 2 * shards + 1;
  const items = functionItems + trainingItems + 1;

  const seconds = {
    intake: rates.intakeSeconds,
    ingest: images * rates.ingestSecondsAnImage + shards * rates.startSeconds,
    infer: images * rates.inferSecondsAnImage + shards * rates.startSeconds,
    // It reads what the others wrote, once.
    screen: rates.startSeconds + shards * ITEM_CALLS.secondsAPack,
  };
  const gibSeconds = Object.entries(seconds).reduce(
    (sum, [stage, each]) => sum + each * gib(STAGE_FUNCTIONS[stage as keyof typeof seconds].memoryMiB),
    0,
  );

  const trainingSeconds = training ? (mostRuns * training.imagesARun) / training.imagesASecond : 0;
  const mostWorkers = Math.max(1, Math.floor(gpu.maxvCpus / jobSize(gpu.instanceClasses).vcpus));
  const workers = Math.min(mostWorkers, Math.max(1, Math.ceil(trainingItems / 4)));
  const gpuHours = (trainingSeconds + workers * WORKER_IDLE_SECONDS) / 3600;
  const gpuUsd =
    Math.max(...gpu.instanceClasses.map((name) => GPU_INSTANCES[name].usdPerHour)) + PRICES.publicAddressHour;

  const writes = rates.files + items * ITEM_CALLS.storeWrites;
  const reads = images + items * ITEM_CALLS.storeReads + 2 * shards * (workers + 1);
  const gbMonths = (bytes + (images * rates.packedBytes * retentionDays) / 30) / 1e9;
  const costs: Cost[] = [
    {
      what: "functions",
      amount: `${number(gibSeconds)} GB-seconds, ${number(functionItems)} calls`,
      usd: gibSeconds * PRICES.functionGibSecond + functionItems * PRICES.functionCall,
    },
    { what: "GPU instances, at most", amount: `${gpuHours.toFixed(1)} hours`, usd: gpuHours * gpuUsd },
    {
      what: "storage requests",
      amount: `${number(writes)} writes, ${number(reads)} reads`,
      usd: writes * PRICES.storeWrite + reads * PRICES.storeRead,
    },
    { what: "storage, the first month", amount: `${gbMonths.toFixed(2)} GB`, usd: gbMonths * PRICES.storedGbMonth },
    {
      what: "queues",
      amount: `${number(items * ITEM_CALLS.queueRequests)} requests`,
      usd: items * ITEM_CALLS.queueRequests * PRICES.queueRequest,
    },
    {
      what: "ledger",
      amount: `${number(items * ITEM_CALLS.ledgerWrites)} writes, ${number(items * ITEM_CALLS.ledgerReads)} reads`,
      usd: items * (ITEM_CALLS.ledgerWrites * PRICES.ledgerWrite + ITEM_CALLS.ledgerReads * PRICES.ledgerRead),
    },
  ];
  return { costs, totalUsd: costs.reduce((sum, { usd }) => sum + usd, 0), notes: notesOf(rates, gpu, workers) };
}

function notesOf(
  { engine, training, ingestSecondsAnImage, effort }: Rates,
  gpu: Settings["gpu"],
  workers: number,
): string[] {
  const notes = [
    `Measured just now with this data: ${(1000 * ingestSecondsAnImage).toFixed(2)} ms an image to read and pack${training ? `, ${number(training.imagesASecond)} images a second in training (${engine}, this machine)` : ""}.`,
  ];
  if (training) {
    notes.push(
      `Effort ${effort} may spend ${mostOf(EFFORTS[effort])} training runs; audits often end earlier. GPU hours are at this machine's speed: GPUs were not measured, most are faster. ${workers} workers' last three idle minutes are in them, the minutes in which instances start are not.`,
    );
  }
  notes.push(
    `Prices are us-east-1's on-demand list of 2026${gpu.spot ? "; the team uses spot instances, which cost less" : ""}. Free allowances, logs and traces are not in them.`,
  );
  return notes;
}
