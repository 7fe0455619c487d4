/** Publishes the end of a run to an SNS topic. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Clock, Notifier } from "../../pipeline/ports.ts";
import { type Credentials, signedHeaders } from "./signature.ts";

/** SNS takes subjects of up to 100 ASCII characters. */
const LONGEST_SUBJECT = 100;
const TRIES = 4;
const TIMEOUT_MS = 10_000;

export interface TopicOptions {
  /** `arn:<partition>:sns:<region>:<account>:<name>`. */
  topic: string;
  credentials: () => Promise<Credentials>;
  clock?: Clock;
  /** Of an emulator. */
  endpoint?: string;
}

export function openTopic({ topic, credentials, clock = { now: Date.now }, endpoint }: TopicOptions): Notifier {
  const [, partition, service, region] = topic.split(":");
  const suffix = partition === "aws-cn" ? "amazonaws.com.cn" : "amazonaws.com";
  const url = new URL(endpoint ?? `https://${service}.${region}.${suffix}/`);

  const post = async (body: string): Promise<void> => {
    const headers = signedHeaders({
      url,
      region,
      service,
      body,
      credentials: await credentials(),
      at: new Date(clock.now()),
    });
    const answer = await fetch(url, { method: "POST", headers, body, signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (!answer.ok)
      throw new Error(`The topic ${topic} did not take the message: ${answer.status} ${await answer.text()}`);
  };

  return {
    publish: async ({ run, kind, says }) => {
      const Subject = `Errata: ${run} ${kind === "finished" ? "is finished" : "failed"}`.slice(0, LONGEST_SUBJECT);
      const form = { Action: "Publish", Version: "2010-03-31", TopicArn: topic, Subject, Message: says };
      const body = new URLSearchParams(form).toString();
      for (let tries = 1; ; tries++) {
        try {
          return await post(body);
        } catch (error) {
          if (tries >= TRIES) throw error;
          await sleep(200 * 2 ** tries * (0.5 + Math.random()));
        }
      }
    },
  };
}
