/** One training run of a recipe for digits, on the engine that an audit would take. */
import { openEngine } from "../../src/engine/open.ts";
import { readRecipe } from "../../src/model/recipe.ts";
import { train } from "../../src/model/train.ts";
import { draw, mnist } from "../../test/support/data.ts";
import { optionsOf, serve } from "./serve.ts";

const { images, recipe: given } = optionsOf<{ images: number; recipe: unknown }>();
const engine = await openEngine("auto");
const shape = { height: 28, width: 28, channels: 1 as const };
const recipe = readRecipe(given, { file: "recipe", classes: 10, imageShape: shape });
const { pixels, labels } = draw(mnist("train"), images, 5);
const data = { shape, pixels: Uint8Array.from(pixels), labels: Int32Array.from(labels) };

await serve(async () => {
  (await train(engine, recipe, data, { seed: 1, classes: 10 })).dispose();
  return undefined;
});
