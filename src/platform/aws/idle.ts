/** What a deployed team costs in a month in which nobody audits. */
import { STAGES } from "../../pipeline/stage-list.ts";
import { FLEET, SWEEP } from "./function-sizes.ts";
import { PRICES } from "./prices.ts";

const MINUTES_A_MONTH = 43_200;
/** Polls that Lambda keeps under way for one trigger, each of 20 seconds (AWS, "Using Lambda with Amazon SQS"). */
const POLLS_AT_ONCE = 5;
const POLLS_A_MINUTE = 3;
/** How long the two functions of the minute take, about: they ask a queue or the ledger one question. */
const MINUTELY_SECONDS = 0.4;
/** `infra/constructs/alarms.ts`: four alarms over so many metrics. */
const ALARM_METRICS = 11;
/** Compressed, as the registry charges for it: its packages alone pack to 0.23 GB. The whole was never built yet. */
const WORKER_IMAGE_GB = 0.4;

export interface Cost {
  what: string;
  amount: string;
  usd: number;
}

export function idleMonth(): Cost[] {
  // One trigger a function stage, and intake's second one, of uploads.
  const triggers = STAGES.filter(({ runsOn }) => runsOn === "function").length + 1;
  const polls = triggers * POLLS_AT_ONCE * POLLS_A_MINUTE * MINUTES_A_MONTH;
  const calls = 2 * MINUTES_A_MONTH;
  const gibSeconds = ((SWEEP.memoryMiB + FLEET.memoryMiB) / 1024) * MINUTELY_SECONDS * MINUTES_A_MONTH;
  const functions = calls * PRICES.functionCall + gibSeconds * PRICES.functionGibSecond;
  return [
    {
      what: "queues, polled by the functions' triggers",
      amount: `${(polls / 1e6).toFixed(1)} million requests`,
      usd: polls * PRICES.queueRequest,
    },
    { what: "functions sweep and fleet, every minute", amount: `${calls.toLocaleString("en")} calls`, usd: functions },
    {
      what: "ledger, a query a minute",
      amount: `${MINUTES_A_MONTH.toLocaleString("en")} reads`,
      usd: MINUTES_A_MONTH * PRICES.ledgerRead,
    },
    { what: "alarms (watch stack)", amount: `${ALARM_METRICS} metrics`, usd: ALARM_METRICS * PRICES.alarmMetricMonth },
    { what: "dashboard (watch stack)", amount: "1", usd: PRICES.dashboardMonth },
    { what: "the worker's image", amount: `about ${WORKER_IMAGE_GB} GB`, usd: WORKER_IMAGE_GB * PRICES.imageGbMonth },
  ];
}
