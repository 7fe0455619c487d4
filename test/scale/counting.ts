/** Ports that count their calls, by stage. */
import type { Ports } from "../../src/pipeline/ports.ts";

export type Counts = Record<string, number>;

/** Calls of the ledger that write. In DynamoDB each is one conditional write, and one more for each part of 50 items that is full. */
const LEDGER_WRITES = new Set(["open", "advance", "finish", "dispatched", "record", "postpone"]);
const STORE_CALLS = new Set(["read", "stream", "list", "put", "putIfAbsent", "exists", "delete"]);

/** `stage()` says on whose account a call goes. */
export function counting(ports: Ports, counts: Counts, stage: () => string): Ports {
  const count = (what: string, by = 1) => {
    const name = `${stage()} ${what}`;
    counts[name] = (counts[name] ?? 0) + by;
  };
  const counted = <Port extends object>(port: Port, tell: (name: string, args: unknown[]) => void): Port =>
    new Proxy(port, {
      get: (target, name) => {
        const value = (target as Record<string | symbol, unknown>)[name];
        if (typeof value !== "function") return value;
        return (...args: unknown[]) => {
          tell(String(name), args);
          return value.apply(target, args);
        };
      },
    });
  const queue = counted(ports.queue(""), (name, args) => {
    if (name === "send") count("messages", (args[0] as string[]).length);
  });
  return {
    ...ports,
    queue: () => queue,
    store: counted(ports.store, (name) => STORE_CALLS.has(name) && count("store")),
    ledger: counted(ports.ledger, (name) => count(LEDGER_WRITES.has(name) ? "ledger writes" : "ledger reads")),
  };
}
