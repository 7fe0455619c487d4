import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ITEMS_PER_WORKER, workersToStart } from "../../functions/fleet/workers-to-start.ts";

const now = fc.record({ waiting: fc.nat(5000), active: fc.nat(50), mostWorkers: fc.integer({ min: 1, max: 64 }) });

describe("workers to start", () => {
  it("is one for the first message, none for an empty queue", () => {
    expect(workersToStart({ waiting: 1, active: 0, mostWorkers: 4 })).toBe(1);
    expect(workersToStart({ waiting: 0, active: 0, mostWorkers: 4 })).toBe(0);
  });

  it("never asks for more than the fleet holds, nor than there is work for", () => {
    fc.assert(
      fc.property(now, ({ waiting, active, mostWorkers }) => {
        const after = active + workersToStart({ waiting, active, mostWorkers });
        expect(after).toBeLessThanOrEqual(Math.max(active, mostWorkers));
        expect(after).toBeLessThanOrEqual(Math.max(active, Math.ceil(waiting / ITEMS_PER_WORKER)));
      }),
    );
  });

  it("always leaves work with a worker", () => {
    fc.assert(
      fc.property(now, ({ waiting, active, mostWorkers }) => {
        if (waiting > 0) expect(active + workersToStart({ waiting, active, mostWorkers })).toBeGreaterThan(0);
      }),
    );
  });

  it("starts no second worker when it is called twice", () => {
    const first = workersToStart({ waiting: 9, active: 0, mostWorkers: 4 });
    expect(workersToStart({ waiting: 9, active: first, mostWorkers: 4 })).toBe(0);
  });
});
