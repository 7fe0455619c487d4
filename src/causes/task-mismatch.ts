import { encoderDecoder } from "../model/encoder-decoder.ts";
import type { LayerSpec, Recipe } from "../model/types.ts";
import { isConvolution, type Passed, parametersOf, passThrough } from "./layers.ts";
import { mismatchOf, withMatchedLoss } from "./loss-mismatch.ts";
import { layerConfig, layerName } from "./recipes.ts";
import { many, percent } from "./say.ts";
import { type Cause, cleared, type Evidence, notApplicable } from "./types.ts";

/** The network that is trained in place of the given one is no larger than this: what a small dataset of masks can fill. */
const MOST_PARAMETERS = 100_000;

/**
 * A network built to classify that is made to segment: it is flattened, and a dense layer has a unit for every pixel, so that each
 * pixel learns anew what every place of the image may show. Read from the recipe; proved by an encoder-decoder of no more parameters.
 * Control: the same encoder with a dense head in the decoder's place, since another network of that size is not what is claimed.
 */
export const taskMismatch: Cause = {
  id: "task-mismatch",
  family: "task",
  tier: "training",
  settles: true,
  masks: true,
  separatedBy:
    "the same encoder with a dense head in place of its decoder: what that mends as well is no matter of the head",

  screen(view) {
    if (!view.recipe) return notApplicable("There is no recipe whose architecture could be read.");
    const layers = passThrough(view.recipe);
    if (!givesMasks(layers)) return notApplicable("The network gives one answer for a whole image, as is asked of it.");
    const head = denseHead(layers);
    const evidence = evidenceOf(view.recipe, layers, head);
    if (!head) return cleared("Every pixel's answer comes from the same weights: the layout is kept.", evidence);
    return {
      standing: "suspected",
      strength: 1,
      says: `The network is one for classification: ${evidence[0].says}`,
      evidence,
      rows: Int32Array.from(worstFirst(view.testErrors), (i) => view.test[i]),
      proven: true,
    };
  },

  interventions(_view, _suspicion, { recipe }) {
    const head = denseHead(passThrough(recipe));
    if (!head) return [];
    const { parameters } = decoderFor(recipe);
    // The narrowest there is may still be larger than a tiny network: then it would prove nothing about the head.
    if (parameters > parametersOfAll(recipe)) return [];
    return [
      {
        id: "an encoder-decoder",
        says: `training an encoder-decoder of ${many(parameters, "parameter")} in place of the network of ${many(parametersOfAll(recipe), "parameter")}`,
        change: withDecoder,
      },
    ];
  },

  control(_view, _suspicion, _chosen, { recipe }) {
    return {
      id: "the same encoder with a dense head",
      says: "the same encoder with a dense head in place of its decoder",
      change: () => withDenseHead(recipe),
    };
  },

  remedy(view, suspicion, outcome) {
    if (!view.recipe || suspicion.standing !== "suspected") return { says: "Nothing to do." };
    const fixed = withDecoder(view.recipe);
    const [before, after] = [parametersOfAll(view.recipe), decoderFor(view.recipe).parameters];
    const proved = outcome
      ? `: mean IoU of an image ${iou(outcome.baseline.value)} became ${iou(outcome.changed.value)} with the same number of steps`
      : "";
    return {
      says: `Use an encoder-decoder, which keeps the image's layout, in place of the dense head: ${many(after, "parameter")} in place of ${many(before, "parameter")}${proved}.`,
      change: {
        architecture: fixed.architecture,
        ...(fixed.compile.loss === view.recipe.compile.loss ? {} : { compile: { loss: fixed.compile.loss } }),
      },
    };
  },
};

/** The error of a mask is 1 - IoU. */
const iou = (error: number): string => (1 - error).toFixed(2);

const worstFirst = (errors: Float32Array): number[] =>
  [...errors.keys()].sort((a, b) => errors[b] - errors[a] || a - b);

/** A network of masks ends in a map; of a whole image in a vector. */
const givesMasks = (layers: Passed[]): boolean => layers.at(-1)?.output.length === 3;

export const parametersOfAll = (recipe: Recipe): number =>
  passThrough(recipe).reduce((sum, layer) => sum + parametersOf(layer), 0);

/** The dense layer with an output for every pixel of the map at the end, and the layer that flattens before it. */
function denseHead(layers: Passed[]): { flat: number; dense: number } | undefined {
  const end = layers.at(-1)!.output;
  const dense = layers.findLastIndex(
    ({ name, input, output }) => name === "dense" && input.length === 1 && output[0] >= end[0] * end[1],
  );
  if (dense < 0) return undefined;
  const flat = layers.slice(0, dense).findLastIndex(({ input, output }) => input.length === 3 && output.length === 1);
  return { flat: Math.max(0, flat), dense };
}

function evidenceOf(recipe: Recipe, layers: Passed[], head: ReturnType<typeof denseHead>): Evidence[] {
  const [height, width] = recipe.input.size;
  const before = layers.slice(0, head ? head.flat + 1 : undefined).filter(({ input }) => input.length === 3);
  const seen = before.filter(({ name }) => isConvolution(name) || /Pooling2d$/.test(name)).at(-1);
  const coarsest = before.reduce((least, { input }) => Math.min(least, input[0] * input[1]), height * width);
  const all = layers.reduce((sum, layer) => sum + parametersOf(layer), 0);
  const evidence: Evidence[] = [];
  if (head) {
    const { input, output } = layers[head.dense];
    const inHead = layers.slice(head.flat).reduce((sum, layer) => sum + parametersOf(layer), 0);
    evidence.push(
      {
        measure: "outputs of the dense layer for each pixel",
        value: output[0] / (height * width),
        reference: 0,
        says: `after the layout is flattened away, a dense layer makes ${many(output[0], "output")} for ${height} x ${width} pixels of ${many(input[0], "value")}.`,
      },
      {
        measure: "share of the parameters in the head",
        value: inHead / Math.max(1, all),
        reference: 0.5,
        says: `${percent(inHead / Math.max(1, all), 0)} of the ${many(all, "parameter")} are in the head, where no two pixels share a weight.`,
      },
    );
  }
  evidence.push({
    measure: "places left of the pixels",
    value: coarsest / (height * width),
    reference: 1,
    says: head
      ? `Before the head ${many(coarsest, "place")} are left of ${many(height * width, "pixel")}, and nothing leads from the finer layers past them.`
      : `At its coarsest the network has ${many(coarsest, "place")} for ${many(height * width, "pixel")}, and goes back to all of them.`,
  });
  if (seen)
    evidence.push({
      measure: "receptive field of the convolutions, pixels",
      value: seen.sees,
      reference: Math.min(height, width),
      says: `Each place before ${head ? "the head" : "the end"} sees ${seen.sees} of ${Math.min(height, width)} pixels.`,
    });
  return evidence;
}

/** Classes that a recipe of masks tells apart: one channel stands for the second of two. */
const classesOf = (recipe: Recipe): number => Math.max(2, passThrough(recipe).at(-1)!.output[2]);

function decoderFor(recipe: Recipe): { architecture: LayerSpec[]; parameters: number } {
  const [height, width] = recipe.input.size;
  const most = Math.min(MOST_PARAMETERS, parametersOfAll(recipe));
  return encoderDecoder({ height, width, channels: recipe.input.channels }, classesOf(recipe), { most });
}

/** A loss that fits is kept. */
const withFittingLoss = (recipe: Recipe): Recipe => (mismatchOf(recipe) ? withMatchedLoss(recipe) : recipe);

/** The recipe with an encoder-decoder of no more parameters, and a loss that fits it. */
export const withDecoder = (recipe: Recipe): Recipe =>
  withFittingLoss({ ...recipe, architecture: decoderFor(recipe).architecture });

/** The encoder of the encoder-decoder, with as many channels flattened as keep to the subject's number of parameters. */
function withDenseHead(recipe: Recipe): Recipe {
  const [height, width] = recipe.input.size;
  const classes = classesOf(recipe);
  const { architecture } = decoderFor(recipe);
  const up = architecture.findIndex((layer) => layerName(layer) === "upSampling2d");
  const encoder = architecture.slice(0, up < 0 ? -1 : up).map((layer) => {
    const { name: _joinedByNothing, ...config } = layerConfig(layer);
    return { [layerName(layer)]: config };
  });
  const [tall, wide, deep] = passThrough({ ...recipe, architecture: encoder }).at(-1)!.output;
  const units = height * width * classes;
  const left = parametersOfAll(recipe) - decoderFor(recipe).parameters - units;
  const filters = Math.max(1, Math.min(64, Math.floor(left / (tall * wide * units + deep + 1))));
  return withFittingLoss({
    ...recipe,
    architecture: [
      ...encoder,
      { conv2d: { filters, kernelSize: 1, activation: "relu" } },
      { flatten: {} },
      { dense: { units } },
      { reshape: { targetShape: [height, width, classes] } },
      { softmax: {} },
    ],
  });
}
