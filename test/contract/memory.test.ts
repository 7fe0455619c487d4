/** The contracts, run against the ports in memory that the pipeline's own tests simulate with. */
import { describe } from "vitest";
import { memoryLedger, memoryQueue, memoryStore } from "../pipeline/memory.ts";
import { ledgerContract } from "./ledger.ts";
import { queueContract } from "./queue.ts";
import { storeContract } from "./store.ts";

const clock = { now: Date.now };
describe("object store", () => storeContract(async () => memoryStore()));
describe("queue", () => queueContract(async () => memoryQueue(clock, 3)));
describe("ledger", () => ledgerContract(async () => memoryLedger(clock)));
