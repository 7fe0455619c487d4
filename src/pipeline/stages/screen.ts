import { EFFORTS } from "../../audit/effort.ts";
import { subjectArm } from "../../audit/lab.ts";
import { observe } from "../../audit/observe.ts";
import { screen as screenAll } from "../../audit/prove.ts";
import { ALL_CAUSES } from "../../causes/index.ts";
import { errorsOf, type View } from "../../causes/view.ts";
import { PermanentError } from "../../errors.ts";
import { defineStage, once, type StageContext } from "../stage.ts";
import { engineKey } from "./audit.ts";
import { collect, writeJson } from "./collected.ts";
import { collectInferred, collectProbabilities, givenView } from "./inferred.ts";
import { inputOf } from "./input.ts";
import { keys } from "./keys.ts";
import { failedJobs, replay } from "./results.ts";

/** Gathers what the shards showed and asks every cause for its suspicion. */
export const screen = defineStage("screen", {
  plan: once(async () => [{ id: "screen" }]),

  async work(context) {
    const suspicions = screenAll(ALL_CAUSES, await viewOf(context));
    const told = [...suspicions].map(([cause, { standing, strength, says, evidence, rows }]) => ({
      cause,
      standing,
      strength,
      says,
      evidence,
      images: rows.length,
    }));
    await writeJson(context.store, keys.screen(context.run), told);
  },
});

/** The subject as it stands. */
export async function viewOf(context: StageContext): Promise<View> {
  const { data, intake } = await collect(context);
  const inferred = await collectInferred(context);
  if (!intake.recipe) {
    const predictions = await collectProbabilities(context);
    if (!predictions) throw new PermanentError("No shard of the dataset could be predicted.");
    const view = givenView(data, predictions, intake.subject.kind === "predictions", (tested) =>
      errorsOf(tested, data),
    );
    return { ...view, ...inferred };
  }
  const outcome = await replay(
    context,
    data.samples.hashes,
    engineKey(intake),
    await failedJobs(context),
    (lab) => observe(data, subjectArm(intake.recipe!), EFFORTS[inputOf(context).effort], lab, inferred),
    true,
  );
  if ("pending" in outcome) throw new PermanentError("The baseline was not trained.");
  return outcome.answer;
}
