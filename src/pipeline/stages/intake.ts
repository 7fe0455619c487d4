import { chooseShape } from "../../dataset/shape.ts";
import type { DatasetSource } from "../../dataset/types.ts";
import { openEngine } from "../../engine/open.ts";
import { defaultRecipe, describeRecipe, readRecipe } from "../../model/recipe.ts";
import type { Recipe } from "../../model/types.ts";
import { defineStage, once, type StageContext } from "../stage.ts";
import { type Intake, writeJson } from "./collected.ts";
import { type AuditInput, inputOf } from "./input.ts";
import { keys } from "./keys.ts";
import { named, openSource, writeListings } from "./source.ts";
import { openSubject, readGiven, shapeOfSubject } from "./subject.ts";

/** Images in a shard: small enough for a function's memory and time, large enough that messages do not matter. */
const SHARD = 500;

/** Checks the request, lists the dataset and cuts it into shards. */
export const intake = defineStage("intake", {
  plan: once(async () => [{ id: "intake" }]),

  async work(context, _item, hooks) {
    const input = inputOf(context);
    hooks.progress("listing the dataset");
    const source = await openSource(context);
    // What is wrong with the subject is said before an engine is loaded.
    const { shape, recipe, subject } = await subjectOf(context, input, source);
    const trains = recipe ? input.trainedBy : undefined;
    const engine = trains ?? (await openEngine(input.engine));
    const shards: [number, number][] = [];
    for (let from = 0; from < source.samples.length; from += SHARD)
      shards.push([from, Math.min(from + SHARD, source.samples.length)]);
    const found: Intake = {
      classes: source.classes,
      shape,
      splits: source.splits,
      rejected: source.rejected,
      shards,
      recipe,
      subject,
      engine: { name: engine.name, version: engine.version },
    };
    await writeListings(context, source, shards);
    await writeJson(context.store, keys.intake(context.run), found);
  },
});

async function subjectOf(
  context: StageContext,
  input: AuditInput,
  source: DatasetSource,
): Promise<Pick<Intake, "shape" | "recipe" | "subject">> {
  const { subject, name } = input;
  const natural = await chooseShape(source).catch((error) => {
    throw named(error, name);
  });
  const classes = source.classes.length;
  if (subject.kind === "model") {
    const shape = shapeOfSubject(input, natural);
    const engine = await openEngine(input.engine);
    (await openSubject(context, engine, { classes: source.classes, shape })).dispose();
    return { shape, subject: { kind: "model", says: `the saved model ${subject.path}` } };
  }
  if (subject.kind === "predictions") {
    await readGiven(context);
    return { shape: natural, subject: { kind: "predictions", says: `the predictions in ${subject.path}` } };
  }
  const images = source.samples.filter(({ split }) => split === "train").length;
  const recipe: Recipe =
    subject.kind === "recipe"
      ? readRecipe(subject.recipe, { file: subject.file, classes, imageShape: natural })
      : defaultRecipe(natural, classes, images);
  const [height, width] = recipe.input.size;
  const says = describeRecipe(recipe);
  return {
    shape: { height, width, channels: recipe.input.channels },
    recipe,
    subject: {
      kind: "recipe",
      says:
        subject.kind === "recipe"
          ? `${subject.file}: ${says}`
          : `no recipe was given, so a small CNN stands in: ${says}`,
    },
  };
}
