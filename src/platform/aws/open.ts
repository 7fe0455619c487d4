/** The pipeline's ports in a team's account: bucket, queues, table, topic. */
import { InputError } from "../../errors.ts";
import { assertKey } from "../../pipeline/keys.ts";
import type { Clock, Notifier, Ports, Queue } from "../../pipeline/ports.ts";
import { type Clients, makeClients } from "./clients.ts";
import { openDynamoLedger } from "./ledger.ts";
import { openTopic } from "./notifier.ts";
import { openSqsQueue } from "./queue.ts";
import { type AwsSettings, readAwsSettings } from "./settings.ts";
import { openBucket, openBucketFiles } from "./store.ts";

/**
 * Opens the ports that the environment names (see `settings.ts`). Nothing is called before it is needed.
 * `dataset(location)` takes a prefix of the bucket: `datasets/mugs`.
 */
export function openAws(env: NodeJS.ProcessEnv = process.env, clock: Clock = { now: Date.now }): Ports {
  return openAwsWith(readAwsSettings(env), clock);
}

export function openAwsWith(
  settings: AwsSettings,
  clock: Clock = { now: Date.now },
  { s3, sqs, dynamo }: Clients = makeClients(settings.endpoint),
): Ports {
  const { bucket, table, topic, maxReceives, retentionDays, queues, endpoint } = settings;
  const opened = new Map<string, Queue>();
  const silent: Notifier = { publish: async () => {} };
  return {
    store: openBucket(s3, bucket),
    queue: (stage) => {
      const urls = queues[stage];
      if (!urls) throw missingQueue(stage);
      // Stages that share a queue share the object too, so that it is looked after once.
      const queue = opened.get(urls.url) ?? openSqsQueue(sqs, { ...urls, maxReceives });
      opened.set(urls.url, queue);
      return queue;
    },
    ledger: openDynamoLedger(dynamo, { table, clock, retentionDays }),
    notifier: topic ? openTopic({ topic, credentials: () => sqs.config.credentials(), clock, endpoint }) : silent,
    clock,
    dataset: (location) => {
      const prefix = location.replace(/\/+$/, "");
      assertKey(prefix);
      return openBucketFiles(s3, bucket, `${prefix}/`);
    },
  };
}

function missingQueue(stage: string): InputError {
  const file = `ERRATA_QUEUE_${stage.toUpperCase()}`;
  return new InputError({ file, problem: `There is no queue for stage ${stage}.`, remedy: "Deploy the stack again." });
}
