/** Plans are stored once and read from then on, so that planning twice cannot give two answers. */
import { PermanentError } from "../errors.ts";
import { assertId } from "./keys.ts";
import type { Ports, RoundName } from "./ports.ts";
import { type RoundHistory, runKey, type Stage, type StageContext, type WorkItem } from "./stage.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Plans never change once stored: the last few are kept, for each item of a round asks for the same one. */
const KEPT_PLANS = 4;
const kept = new WeakMap<object, Map<string, WorkItem[]>>();

const planKey = (run: string, { stage, round }: RoundName) => runKey(run, "plans", stage, `${round}.json`);
export const requestKey = (run: string) => runKey(run, "request.json");

export async function readJson(ports: Pick<Ports, "store">, key: string): Promise<unknown> {
  return JSON.parse(decoder.decode(await ports.store.read(key)));
}

export function encodeJson(value: unknown): Uint8Array {
  return encoder.encode(`${JSON.stringify(value)}\n`);
}

/** What a stage sees of its run. */
export async function contextOf(
  ports: Ports,
  stages: readonly Stage[],
  run: string,
  at: RoundName,
): Promise<StageContext> {
  return {
    run,
    stage: at.stage,
    round: at.round,
    request: await readJson(ports, requestKey(run)),
    store: ports.store,
    clock: ports.clock,
    dataset: (location) => ports.dataset(location),
    history: () => historyOf(ports, stages, run),
  };
}

/** The stored plan of a round. Fails with an `InputError` where there is none. */
export async function readPlan(ports: Ports, run: string, round: RoundName): Promise<WorkItem[]> {
  const key = planKey(run, round);
  const plans = kept.get(ports.store) ?? new Map<string, WorkItem[]>();
  kept.set(ports.store, plans);
  const known = plans.get(key);
  if (known) return known;
  const { items } = (await readJson(ports, key)) as { items: WorkItem[] };
  plans.set(key, items);
  if (plans.size > KEPT_PLANS) plans.delete(plans.keys().next().value!);
  return items;
}

/** Plans a round, or reads what was planned before. */
export async function planRound(
  ports: Ports,
  stages: readonly Stage[],
  run: string,
  stage: Stage,
  round: number,
): Promise<WorkItem[]> {
  const at = { stage: stage.name, round };
  const key = planKey(run, at);
  if (!(await ports.store.exists(key))) {
    const items = await stage.plan(await contextOf(ports, stages, run, at), round);
    assertItems(stage, items);
    await ports.store.putIfAbsent(key, encodeJson({ items }));
  }
  return readPlan(ports, run, at);
}

function assertItems(stage: Stage, items: WorkItem[]): void {
  const ids = new Set<string>();
  for (const { id } of items) {
    assertId(`work item of stage ${stage.name}`, id);
    if (ids.has(id)) throw new PermanentError(`Stage ${stage.name} planned the item ${id} twice in one round.`);
    ids.add(id);
  }
}

/** All rounds that were planned, in order, with what became of their items. */
async function historyOf(ports: Ports, stages: readonly Stage[], run: string): Promise<RoundHistory[]> {
  const rounds: RoundName[] = [];
  const prefix = runKey(run, "plans", "");
  for await (const { key } of ports.store.list(prefix)) {
    const [stage, file] = key.slice(prefix.length).split("/");
    if (stage && file?.endsWith(".json")) rounds.push({ stage, round: Number.parseInt(file, 10) });
  }
  const order = (stage: string) => stages.findIndex(({ name }) => name === stage);
  rounds.sort((a, b) => order(a.stage) - order(b.stage) || a.round - b.round);
  const history: RoundHistory[] = [];
  for (const at of rounds) {
    const { items } = (await readJson(ports, planKey(run, at))) as { items: WorkItem[] };
    if (items.length > 0) history.push({ ...at, items, outcomes: await ports.ledger.outcomes(run, at) });
  }
  return history;
}

/** The item of a stored plan; nothing where the plan does not hold it. */
export async function findItem(ports: Ports, run: string, round: RoundName, id: string): Promise<WorkItem | undefined> {
  return (await readPlan(ports, run, round)).find((candidate) => candidate.id === id);
}
