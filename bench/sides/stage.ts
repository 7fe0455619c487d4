/** Works all items of one stage of a run in this process, as a worker that is given them all would. */

import stages from "../../src/pipeline/stages/index.ts";
import { openLocal } from "../../src/platform/local/open.ts";
import { optionsOf, serve } from "./serve.ts";

const {
  folder,
  run,
  stage: name,
  request,
} = optionsOf<{ folder: string; run: string; stage: string; request: unknown }>();
const stage = stages().find((each) => each.name === name)!;
const ports = openLocal({ folder, run });
const context = { run, request, stage: name, round: 0, ...ports, history: async () => [] };
const hooks = { progress: () => {}, signal: new AbortController().signal };

await serve(async () => {
  const items = await stage.plan(context, 0);
  for (const item of items) await stage.work(context, item, hooks);
  return { items: items.length };
});
