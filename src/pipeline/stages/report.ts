import { timesOneRun } from "../../audit/lab.ts";
import type { Proof } from "../../audit/prove.ts";
import { screen as screenAll } from "../../audit/prove.ts";
import { type Judgement, judgements, unproved } from "../../audit/verdicts.ts";
import { ALL_CAUSES } from "../../causes/index.ts";
import { ofMasks, type View } from "../../causes/view.ts";
import { PermanentError } from "../../errors.ts";
import { assembleReport } from "../../report/assemble.ts";
import { bundleOf } from "../../report/bundle.ts";
import { defineStage, once, type StageContext } from "../stage.ts";
import { replayProof } from "./audit.ts";
import { judgeBeyond } from "./beyond.ts";
import { type Collected, collect, readJson, readThumbnails, writeJson } from "./collected.ts";
import { inputOf } from "./input.ts";
import { keys, reportKey } from "./keys.ts";
import { viewOf } from "./screen.ts";
import { segmentationOf, shownMasks } from "./segmentation.ts";
import { shownGiven } from "./shown-given.ts";

/** Replays the proof a last time and writes the report: pages, tables and report.json. */
export const report = defineStage("report", {
  plan: once(async () => [{ id: "report" }]),

  async work(context, _item, hooks) {
    hooks.progress("gathering results");
    const collected = await collect(context);
    const input = inputOf(context);
    const { view, proof, judged, cost } = await judge(context, collected);
    const beyond = await judgeBeyond(context, collected);
    const masks = ofMasks(view) ? segmentationOf(view, proof) : undefined;
    const made = assembleReport(view, judged, proof, {
      run: {
        id: context.run,
        seed: input.seed,
        engine: collected.intake.engine,
        effort: input.effort,
        seconds: await secondsSinceStart(context),
      },
      dataset: {
        name: input.name,
        digest: collected.digest,
        splitsAre: collected.intake.splits,
        rejected: collected.rejected,
        ...(input.data.masks?.tiles ? { tiles: input.data.masks.tiles } : {}),
        ...(beyond && { beyond: { images: beyond.images, judged: beyond.judged, suspect: beyond.suspect } }),
      },
      subject: { ...collected.intake.subject, ...(view.recipe ? { recipe: view.recipe } : {}) },
      missing: await missing(context),
      cost,
      ...(masks ? { segmentation: masks } : {}),
    });
    hooks.progress("writing the report");
    // Loaded here: charts and the page take longer to load than any other stage takes to begin.
    const { writeReport } = await import("../../report/write.ts");
    const bundle = await bundleOf({
      report: made,
      view,
      proof,
      judged,
      beyond: beyond?.worst ?? [],
      thumbnails: (files) => readThumbnails(context, files),
      ...(masks
        ? {
            masks: {
              ...masks,
              shown: (files) =>
                view.recipe ? shownMasks(context, view, files, proof?.together?.arm) : shownGiven(context, files),
            },
          }
        : {}),
    });
    await writeReport(context.store, reportKey(input.name, context.run), bundle);
    await writeJson(context.store, keys.says(context.run), made.says);
  },

  conclude: (context) => readJson<string>(context.store, keys.says(context.run)),
});

interface Judged {
  view: View;
  proof?: Proof;
  judged: { ranked: Judgement[]; attribution?: ReturnType<typeof judgements>["attribution"] };
  cost: { trainingRuns: number; fromCache: number; timesOneRun: number };
}

async function judge(context: StageContext, { intake }: Collected): Promise<Judged> {
  if (!intake.recipe) {
    const view = await viewOf(context);
    return {
      view,
      judged: { ranked: unproved(ALL_CAUSES, screenAll(ALL_CAUSES, view), view) },
      cost: { trainingRuns: 0, fromCache: 0, timesOneRun: 0 },
    };
  }
  const outcome = await replayProof(context, true);
  if ("pending" in outcome) throw new PermanentError("The proof did not end.");
  const { answer: proof, asked } = outcome;
  if (proof.view.tested.length === 0)
    throw new PermanentError("No baseline could be trained; the failures are listed above.");
  const trained = (await context.history())
    .filter(({ stage }) => stage === "train" || stage === "experiment")
    .reduce((sum, { items }) => sum + items.length, 0);
  return {
    view: proof.view,
    proof,
    judged: judgements(proof),
    cost: {
      trainingRuns: trained,
      fromCache: Math.max(0, asked.length - trained),
      timesOneRun: timesOneRun(asked, proof.view, intake.recipe),
    },
  };
}

/** Items that failed for good or were never done. */
async function missing(context: StageContext): Promise<{ stage: string; item: string; problem: string }[]> {
  const found: { stage: string; item: string; problem: string }[] = [];
  for (const { stage, items, outcomes } of await context.history())
    for (const item of items) {
      if (stage === "report") continue;
      const outcome = outcomes.get(item.id);
      const name = typeof item.name === "string" ? `${item.name}, seed ${item.seed}` : item.id;
      if (!outcome) found.push({ stage, item: name, problem: "It was not finished before the deadline." });
      else if (outcome.status === "failed") found.push({ stage, item: name, problem: outcome.failure.says });
    }
  return found;
}

async function secondsSinceStart(context: StageContext): Promise<number> {
  const { startedAt } = inputOf(context);
  return Math.max(0, Math.round((context.clock.now() - startedAt) / 1000));
}
