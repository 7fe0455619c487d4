import { chooseShape } from "../../dataset/shape.ts";
import type { ImageShape } from "../../dataset/types.ts";
import { openEngine } from "../../engine/open.ts";
import { defaultMaskRecipe } from "../../model/encoder-decoder.ts";
import { defaultRecipe, describeRecipe, readRecipe } from "../../model/recipe.ts";
import type { Recipe } from "../../model/types.ts";
import { defineStage, once, type StageContext } from "../stage.ts";
import { type Intake, trainingImages, writeJson } from "./collected.ts";
import { type AuditInput, inputOf } from "./input.ts";
import { keys } from "./keys.ts";
import { writePredictedMasks } from "./masks.ts";
import { listSource, named, openShards, type ShardedListing } from "./source.ts";
import { openSubject, shapeOfSubject, writeGiven } from "./subject.ts";

/**
 * Longest side that images with masks are brought to where nothing says a size, pixels. A saved model that takes any size was hardly
 * made for small copies; given predictions are judged at their images' own size, and shown at this.
 */
const LONGEST: Partial<Record<AuditInput["subject"]["kind"], number>> = { model: 1024, predictions: 256 };

/** Checks the request, lists the dataset and cuts it into shards. */
export const intake = defineStage("intake", {
  plan: once(async () => [{ id: "intake" }]),

  async work(context, _item, hooks) {
    const input = inputOf(context);
    hooks.progress("listing the dataset");
    const listing = await listSource(context);
    // What is wrong with the subject is said before an engine is loaded.
    const { shape, recipe, subject } = await subjectOf(context, input, listing);
    const trains = recipe ? input.trainedBy : undefined;
    const engine = trains ?? (await openEngine(input.engine));
    const found: Intake = {
      ...listing,
      ...(input.task === "segmentation" ? { task: input.task } : {}),
      shape,
      recipe,
      subject,
      engine: { name: engine.name, version: engine.version },
    };
    await writeJson(context.store, keys.intake(context.run), found);
  },
});

async function subjectOf(
  context: StageContext,
  input: AuditInput,
  listing: ShardedListing,
): Promise<Pick<Intake, "shape" | "recipe" | "subject">> {
  const { subject, name, task } = input;
  const masks = task === "segmentation";
  const longest = masks ? LONGEST[subject.kind] : undefined;
  const natural = await chooseShape(openShards(context, listing), longest).catch((error) => {
    throw named(error, name);
  });
  const classes = listing.classes.length;
  if (subject.kind === "model") {
    const shape = shapeOfSubject(input, natural);
    const engine = await openEngine(input.engine);
    (await openSubject(context, engine, { classes: listing.classes, shape })).dispose();
    const says = `the saved model ${subject.path}${masks ? `, on images of ${shape.height} x ${shape.width} pixels` : ""}`;
    return { shape, subject: { kind: "model", says } };
  }
  if (subject.kind === "predictions" && masks) {
    await writePredictedMasks(context, listing);
    const says = `the predicted masks in ${subject.path}; they say no probabilities, so every pixel counts as if the model were sure of it`;
    return { shape: natural, subject: { kind: "predictions", says } };
  }
  if (subject.kind === "predictions") {
    await writeGiven(context, listing);
    return { shape: natural, subject: { kind: "predictions", says: `the predictions in ${subject.path}` } };
  }
  const recipe: Recipe =
    subject.kind === "recipe"
      ? readRecipe(subject.recipe, { file: subject.file, classes, imageShape: natural, task })
      : masks
        ? defaultMaskRecipe(evened(natural), classes, trainingImages(listing))
        : defaultRecipe(natural, classes, trainingImages(listing));
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
          : `no recipe was given, so a small ${masks ? "encoder-decoder" : "CNN"} stands in: ${says}`,
    },
  };
}

/** Sides that halve three times without a remainder, as an encoder-decoder wants them. */
const evened = ({ height, width, channels }: ImageShape): ImageShape => {
  const even = (side: number) => Math.max(8, 8 * Math.round(side / 8));
  return { height: even(height), width: even(width), channels };
};
