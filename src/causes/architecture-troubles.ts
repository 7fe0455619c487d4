import type { Recipe } from "../model/types.ts";
import { coarse, noConvolution, pixelwise, shortSighted, wideKernel } from "./architecture-space.ts";
import { bottleneck, constantStart, linearThroughout, saturating, wildStart } from "./architecture-units.ts";
import { hiddenLayers, passThrough } from "./layers.ts";
import type { Evidence } from "./types.ts";

/** Something about the architecture that rarely fits, and the change that would put it right. */
export interface Trouble {
  evidence: Evidence;
  fixes: { id: string; says: string; change(recipe: Recipe): Recipe }[];
}

/**
 * All that is odd in a recipe's architecture, the gravest first. Fixes may be applied in this order: those that name layers by
 * their place come before those that add or remove layers. A network of masks brings back what it pooled, and whether it convolves
 * at all is asked by task-mismatch.
 */
export function troublesOf(recipe: Recipe, masks: boolean): Trouble[] {
  const layers = passThrough(recipe);
  const side = Math.min(...recipe.input.size);
  return [
    linearThroughout(recipe),
    saturating(recipe),
    constantStart(layers, hiddenLayers(recipe)),
    wildStart(layers),
    masks ? undefined : noConvolution(layers, side),
    pixelwise(layers),
    wideKernel(layers, side),
    ...(masks ? [] : [coarse(layers, side), shortSighted(layers, side)]),
    bottleneck(recipe),
  ].filter((each) => each !== undefined);
}
