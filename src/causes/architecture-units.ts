/** Troubles of what a layer's units do: their activations, initial weights and number. */
import type { LayerSpec, Recipe } from "../model/types.ts";
import type { Trouble } from "./architecture-troubles.ts";
import { startOf } from "./initial-weights.ts";
import { hiddenLayers, type Passed, passThrough } from "./layers.ts";
import { layerConfig, layerName, mapLayers, merged } from "./recipes.ts";
import { many } from "./say.ts";

/** Units or filters below which a layer hardly lets anything through. */
const NARROW = 3;
/** Initial weights smaller or larger than this, in units of He's: signals fade or blow up within a few layers. */
const START = { least: 1 / 20, most: 4 };
const NONLINEAR = /^(activation|reLU|leakyReLU|elu|prelu)$/;

const hidden = (recipe: Recipe, config: (layer: LayerSpec) => Record<string, unknown>): Recipe => {
  const places = new Set(hiddenLayers(recipe));
  return mapLayers(recipe, (layer, i) => (places.has(i) ? merged(layer, config(layer)) : layer));
};

export function linearThroughout(recipe: Recipe): Trouble | undefined {
  const places = hiddenLayers(recipe);
  const before = recipe.architecture.slice(0, -1);
  if (places.length === 0 || before.some((layer) => NONLINEAR.test(layerName(layer)))) return undefined;
  const linear = places.filter((i) => (layerConfig(recipe.architecture[i]).activation ?? "linear") === "linear");
  if (linear.length < places.length) return undefined;
  return {
    evidence: {
      measure: "hidden layers with a non-linear activation",
      value: 0,
      reference: places.length,
      says: `None of the ${many(places.length, "hidden layer")} has an activation: together they are little more than one linear map.`,
    },
    fixes: [
      {
        id: "relu in the hidden layers",
        says: "training with relu after every hidden layer",
        change: (before) => hidden(before, () => ({ activation: "relu" })),
      },
    ],
  };
}

export function saturating(recipe: Recipe): Trouble | undefined {
  const places = hiddenLayers(recipe);
  const found = places.filter((i) =>
    ["sigmoid", "hardSigmoid", "softmax", "softsign"].includes(
      String(layerConfig(recipe.architecture[i]).activation ?? "linear"),
    ),
  );
  if (found.length === 0) return undefined;
  const { activation } = layerConfig(recipe.architecture[found[0]]);
  return {
    evidence: {
      measure: "hidden layers that saturate",
      value: found.length,
      reference: 0,
      says: `${many(found.length, "hidden layer")} ${found.length === 1 ? "ends" : "end"} in ${activation}, through which hardly any gradient comes back.`,
    },
    fixes: [
      {
        id: "relu in the hidden layers",
        says: `training with relu in place of ${activation} in the hidden layers`,
        change: (before) => hidden(before, () => ({ activation: "relu" })),
      },
    ],
  };
}

/** A head may well start from zeros: its units are told apart by their classes. */
export function constantStart(layers: Passed[], hidden: number[]): Trouble | undefined {
  const places = hidden.filter((i) => startOf(layers[i])?.spread === 0);
  if (places.length === 0) return undefined;
  return {
    evidence: {
      measure: "layers that start from constant weights",
      value: places.length,
      reference: 0,
      says: `${many(places.length, "layer")} ${places.length === 1 ? "starts" : "start"} from constant weights: all units of such a layer learn the same.`,
    },
    fixes: [usualStart(places)],
  };
}

export function wildStart(layers: Passed[]): Trouble | undefined {
  const odd = layers.flatMap((layer, i) => {
    const { spread, usual } = startOf(layer) ?? { spread: 1, usual: 1 };
    const times = spread / usual;
    return spread > 0 && (times > START.most || times < START.least) ? [{ i, times }] : [];
  });
  if (odd.length === 0) return undefined;
  const [{ times }] = odd.sort((a, b) => Math.abs(Math.log(b.times)) - Math.abs(Math.log(a.times)));
  return {
    evidence: {
      measure: "initial weights over their usual size",
      value: times,
      reference: 1,
      says: `${many(odd.length, "layer")} ${odd.length === 1 ? "starts" : "start"} from weights up to ${times > 1 ? `${times.toFixed(1)} times larger than what keeps signals at their size: they blow up` : `${(1 / times).toFixed(0)} times smaller than what keeps signals at their size: they fade`} from layer to layer.`,
    },
    fixes: [usualStart(odd.map(({ i }) => i))],
  };
}

const usualStart = (places: number[]): Trouble["fixes"][number] => ({
  id: "usual initial weights",
  says: `training from random weights of usual size (Glorot) in ${many(places.length, "layer")}`,
  change: (before) =>
    mapLayers(before, (layer, i) =>
      places.includes(i) ? merged(layer, { kernelInitializer: "glorotUniform" }) : layer,
    ),
});

export function bottleneck(recipe: Recipe): Trouble | undefined {
  const classes = passThrough(recipe).at(-1)!.output.at(-1)!;
  const width = (layer: LayerSpec) => Number(layerConfig(layer).filters ?? layerConfig(layer).units ?? Number.NaN);
  const narrow = (layer: LayerSpec) =>
    layerName(layer) === "dense" ? width(layer) < Math.min(classes, 8) : width(layer) <= NARROW;
  const places = hiddenLayers(recipe).filter((i) => narrow(recipe.architecture[i]));
  if (places.length === 0) return undefined;
  const least = Math.min(...places.map((i) => width(recipe.architecture[i])));
  return {
    evidence: {
      measure: "filters or units of the narrowest hidden layer",
      value: least,
      reference: classes,
      says: `A hidden layer lets ${many(least, "value")} through, with ${many(classes, "class", "classes")} to tell apart.`,
    },
    fixes: [
      {
        id: "no bottleneck",
        says: "training with at least 16 filters or 4 units a class in every hidden layer",
        change: (before) =>
          hidden(before, (layer) =>
            layerName(layer) === "dense"
              ? { units: Math.max(width(layer), 4 * classes) }
              : layerConfig(layer).filters === undefined
                ? {}
                : { filters: Math.max(width(layer), 16) },
          ),
      },
    ],
  };
}
