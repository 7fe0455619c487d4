import type { SQSRecord } from "aws-lambda";
import { expect, it } from "vitest";
import { retryingSoon } from "../../functions/shared/retry-soon.ts";
import type { Queue } from "../../src/pipeline/ports.ts";
import { readEvent } from "./bundles.ts";

function queueThat(release: Queue["release"]): Queue {
  return { release } as Queue;
}

const recordOf = (receives: number): SQSRecord => {
  const [record] = readEvent("stage-batch").Records;
  return { ...record, attributes: { ...record.attributes, ApproximateReceiveCount: String(receives) } };
};

it("gives what failed back after 10, 40, 90, 160 seconds, and says that it failed", async () => {
  const released: unknown[] = [];
  const queue = queueThat(async (receipt, seconds) => void released.push([receipt, seconds]));
  const fail = async () => {
    throw new Error("stumbled");
  };
  for (const receives of [1, 2, 3, 4]) {
    await expect(retryingSoon(queue, recordOf(receives), fail)).rejects.toThrow("stumbled");
  }
  const { receiptHandle } = recordOf(1);
  expect(released).toEqual([10, 40, 90, 160].map((seconds) => [receiptHandle, seconds]));
});

it("says what failed, not that it could not be given back", async () => {
  const queue = queueThat(async () => {
    throw new Error("SQS is away");
  });
  const fail = async () => {
    throw new Error("stumbled");
  };
  await expect(retryingSoon(queue, recordOf(1), fail)).rejects.toThrow("stumbled");
});

it("leaves what was done alone", async () => {
  const queue = queueThat(async () => expect.unreachable());
  await retryingSoon(queue, recordOf(1), async () => {});
});
