/**
 * When a run ends, the team finds `latest.json` beside its reports, `reports/<dataset>/<run>/`, or `failed.json` in the report's
 * place. Then the notification goes out. All of it may happen twice.
 */
import { encodeJson, readJson } from "../../src/pipeline/plan.ts";
import type { Notifier, ObjectStore, Ports } from "../../src/pipeline/ports.ts";
import { readRequest } from "../../src/pipeline/run.ts";

const NEXT = "Put it right, then upload errata.json again, last of all: that opens a new run.";

type Event = Parameters<Notifier["publish"]>[0];

export function announcing(ports: Ports): Ports {
  const publish = async (event: Event) => {
    const { name } = (await readRequest(ports, event.run)) as { name: string };
    const folder = `reports/${name}`;
    if (event.kind === "finished") await publishReport(ports, folder, event);
    else await publishFailure(ports, folder, event);
    await ports.notifier.publish(event);
  };
  return { ...ports, notifier: { publish } };
}

async function publishReport(ports: Ports, folder: string, { run, says }: Event): Promise<void> {
  const openedAt = (await ports.ledger.state(run))?.openedAt ?? 0;
  const latest = `${folder}/latest.json`;
  // Of two runs at once, the one that was opened later is the latest, whichever ends first.
  if ((await openedAtOf(ports.store, latest)) > openedAt) return;
  await ports.store.put(latest, encodeJson({ run, says, openedAt, report: `${folder}/${run}/` }));
}

async function openedAtOf(store: ObjectStore, key: string): Promise<number> {
  if (!(await store.exists(key))) return 0;
  return ((await readJson({ store }, key)) as { openedAt: number }).openedAt;
}

async function publishFailure(ports: Ports, folder: string, { run, says }: Event): Promise<void> {
  const state = await ports.ledger.state(run);
  const { file, field, remedy } = state?.step.failure ?? {};
  await ports.store.put(`${folder}/${run}/failed.json`, encodeJson({ run, says, file, field, remedy, next: NEXT }));
}
