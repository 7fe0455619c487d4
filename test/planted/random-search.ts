/** The mandatory control: changes of recipe and data drawn at random, as many as the audit made experiments. */
import type { Random } from "../../src/random.ts";
import { epochsTimes, learningRateTimes, withFit, withHidden, withLayers, withOptimizer } from "./alter.ts";
import type { Plan } from "./fix.ts";
import type { RecipeFile, Setting } from "./types.ts";

type Move = (setting: Setting, rows: number[], chance: Random) => { setting: Setting; rows?: number[]; says: string };

const oneOf = <T>(chance: Random, values: T[]): T => values[chance.int(values.length)];

/** As `withHidden`; a dense layer with an output for each pixel and class is the classifier's own as well, and is left as it is. */
function withInner({ data, recipe }: Setting, change: (config: Record<string, unknown>) => object): RecipeFile {
  const outputs = data.shape.height * data.shape.width * data.classes.length;
  return withHidden(recipe, (config) => (config.units === outputs ? {} : change(config)));
}

const MOVES: Move[] = [
  (setting, _, chance) => {
    const factor = oneOf(chance, [0.1, 0.3, 3, 10]);
    return { setting: learningRateTimes(setting, factor), says: `rate x ${factor}` };
  },
  (setting, _, chance) => {
    const factor = oneOf(chance, [0.5, 2, 3]);
    return { setting: epochsTimes(setting, factor), says: `epochs x ${factor}` };
  },
  (setting, _, chance) => {
    const batchSize = oneOf(chance, [8, 16, 32, 64, 128]);
    return { setting: withFit(setting, { batchSize }), says: `batch ${batchSize}` };
  },
  (setting, _, chance) => {
    const name = oneOf(chance, ["adam", "rmsprop", "sgd"]);
    const more = name === "sgd" ? { momentum: 0.9 } : {};
    const { learningRate } = setting.recipe.compile.optimizer;
    const plain = { ...setting.recipe, compile: { ...setting.recipe.compile, optimizer: { name, learningRate } } };
    return { setting: withOptimizer({ ...setting, recipe: plain }, more), says: name };
  },
  (setting, _, chance) => {
    const loss = oneOf(chance, ["sparseCategoricalCrossentropy", "meanSquaredError"]);
    const recipe = withLayers(setting.recipe, (name, config, last) => ({
      [name]: last ? { ...config, activation: "softmax" } : config,
    }));
    return { setting: { ...setting, recipe: { ...recipe, compile: { ...recipe.compile, loss } } }, says: loss };
  },
  (setting, _, chance) => {
    const rate = oneOf(chance, [0, 0.2, 0.5]);
    const recipe = withLayers(setting.recipe, (name, config) => ({ [name]: name === "dropout" ? { rate } : config }));
    return { setting: { ...setting, recipe }, says: `dropout ${rate}` };
  },
  (setting, _, chance) => {
    const factor = oneOf(chance, [0.5, 2, 4]);
    const wider = (value: unknown) => Math.max(4, Math.round(Number(value) * factor));
    const recipe = withInner(setting, ({ filters, units }) =>
      filters === undefined ? { units: wider(units) } : { filters: wider(filters) },
    );
    return { setting: { ...setting, recipe }, says: `width x ${factor}` };
  },
  (setting, _, chance) => {
    const activation = oneOf(chance, ["relu", "elu", "tanh"]);
    return {
      setting: { ...setting, recipe: withInner(setting, () => ({ activation })) },
      says: activation,
    };
  },
  (setting, _, chance) => {
    const augmentation = oneOf(chance, [
      {},
      { rotation: 10 },
      { rotation: 45 },
      { shift: 0.1 },
      { zoom: 0.15 },
      { brightness: 0.2, contrast: 0.2 },
      { horizontalFlip: true },
    ]);
    return { setting: withFit(setting, { augmentation }), says: `augmentation ${JSON.stringify(augmentation)}` };
  },
  (setting) => ({ setting: withFit(setting, { classWeight: "balanced" }), says: "balanced weights" }),
  (setting, rows, chance) => {
    const share = oneOf(chance, [0.1, 0.3]);
    const kept = chance.sample(rows, Math.round((1 - share) * rows.length));
    return { setting, rows: kept, says: `without ${100 * share} % of the images` };
  },
  (setting, rows, chance) => {
    const share = oneOf(chance, [0.1, 0.3]);
    const again = chance.sample(rows, Math.round(share * rows.length));
    return { setting, rows: [...rows, ...again], says: `${100 * share} % of the images twice` };
  },
];

/** One or two random changes at once. */
export function randomChange(setting: Setting, chance: Random): Plan {
  const moves = chance.sample(MOVES, 1 + chance.int(2));
  let changed = setting;
  let rows = [...setting.data.labels.keys()].filter((row) => setting.data.parts[row] === "train");
  const says: string[] = [];
  for (const move of moves) {
    const done = move(changed, rows, chance);
    changed = done.setting;
    rows = done.rows ?? rows;
    says.push(done.says);
  }
  return { rows, recipe: changed.recipe, says };
}
