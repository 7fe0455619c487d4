import {
  clamp,
  epochsTimes,
  learningRateTimes,
  repaint,
  rowsOf,
  rowsOfClass,
  someOfEach,
  withCopies,
  withFit,
  withHidden,
  withLabels,
  withLayers,
  withOptimizer,
  without,
} from "./alter.ts";
import type { Change } from "./types.ts";

/** Odd but harmless settings: what is odd in a recipe is a suspicion until an experiment says so. The two sets differ. */
export const DECOYS: Change[] = [
  {
    id: "large-batch",
    says: "a large batch with rate and epochs to match trains well",
    strengths: { tune: [128], final: [160] },
    plant: (setting, strength) => {
      const factor = Number(strength) / setting.recipe.fit.batchSize;
      return epochsTimes(
        learningRateTimes(withFit(setting, { batchSize: Number(strength) }), Math.sqrt(factor)),
        1 + factor / 4,
      );
    },
  },
  {
    id: "odd-batch",
    says: "the last batch is a little smaller than the others",
    strengths: { tune: [37], final: [29] },
    plant: (setting, strength) => withFit(setting, { batchSize: Number(strength) }),
  },
  {
    id: "mild-augmentation",
    says: "small turns and shifts that the classes bear, and the epochs they need",
    strengths: { tune: [6], final: [8] },
    plant: (setting, strength) =>
      epochsTimes(withFit(setting, { augmentation: { rotation: Number(strength), shift: 0.03 } }), 1.5),
  },
  {
    id: "few-wrong-labels",
    says: "5 % of the training labels are wrong, which costs next to nothing",
    strengths: { tune: [0.05], final: [0.04] },
    plant: ({ data, recipe }, strength, chance) => {
      const { length } = data.classes;
      const rows = someOfEach(data, Number(strength), chance, "train");
      const another = (row: number) => (data.labels[row] + 1 + chance.int(length - 1)) % length;
      return { data: withLabels(data, rows, another), recipe };
    },
  },
  {
    id: "slight-imbalance",
    says: "one class has a third fewer images",
    strengths: { tune: [0.67], final: [0.6] },
    plant: ({ data, recipe }, strength, chance) => {
      const rows = rowsOfClass(data, chance.int(data.classes.length), "train");
      return { data: without(data, chance.sample(rows, Math.round((1 - Number(strength)) * rows.length))), recipe };
    },
  },
  {
    id: "long-training",
    says: "more epochs than needed, with dropout that holds memorising back",
    strengths: { tune: [1.6], final: [1.5] },
    plant: (setting, strength) => epochsTimes(setting, Number(strength)),
  },
  {
    id: "other-optimizer",
    says: "another optimizer at a rate that suits it",
    strengths: { tune: ["rmsprop"], final: ["momentum"] },
    plant: (setting, strength) => {
      const optimizer =
        strength === "momentum"
          ? { name: "sgd", learningRate: 0.02, momentum: 0.9 }
          : { name: "rmsprop", learningRate: setting.recipe.compile.optimizer.learningRate / 1.5 };
      return { data: setting.data, recipe: { ...setting.recipe, compile: { ...setting.recipe.compile, optimizer } } };
    },
  },
  {
    id: "inverted-everywhere",
    says: "negatives, in training and test alike",
    strengths: { tune: [1], final: [0.8] },
    plant: ({ data, recipe }, strength) => ({
      data: repaint(data, rowsOf(data, "train", "test", "check"), (image) => {
        image.forEach((value, i) => void (image[i] = clamp(255 - Number(strength) * value)));
      }),
      recipe,
    }),
  },
  {
    id: "idle-column",
    says: "a column of the manifest that has no bearing on anything",
    strengths: { tune: [3], final: [4] },
    plant: ({ data, recipe }, strength, chance) => {
      const camera = Array.from(data.labels, () => `camera ${chance.int(Number(strength))}`);
      return { data: { ...data, columns: { ...data.columns, camera } }, recipe };
    },
  },
  {
    id: "repeated-within-training",
    says: "some training images are there twice, none of them in the test",
    strengths: { tune: [0.05], final: [0.08] },
    plant: ({ data, recipe }, strength, chance) => ({
      data: withCopies(data, someOfEach(data, Number(strength), chance, "train"), { part: "train" }),
      recipe,
    }),
  },
  {
    id: "other-activation",
    says: "activations that train as well as rectifiers",
    strengths: { tune: ["elu"], final: ["swish"] },
    plant: ({ data, recipe }, strength) => ({ data, recipe: withHidden(recipe, () => ({ activation: strength })) }),
  },
  {
    id: "slight-smoothing",
    says: "labels smoothed a little",
    strengths: { tune: [0.05], final: [0.08] },
    plant: ({ data, recipe }, strength) => ({
      data,
      recipe: { ...recipe, compile: { ...recipe.compile, labelSmoothing: Number(strength) } },
    }),
  },
  {
    id: "average-pooling",
    says: "average in place of maximum pooling",
    strengths: { tune: [], final: ["average"] },
    plant: ({ data, recipe }) => ({
      data,
      recipe: withLayers(recipe, (name, config) => ({
        [name === "maxPooling2d" ? "averagePooling2d" : name]: config,
      })),
    }),
  },
  {
    id: "clipped-gradients",
    says: "gradients clipped where they hardly ever reach",
    strengths: { tune: [5], final: [] },
    plant: (setting, strength) => withOptimizer(setting, { clipNorm: Number(strength) }),
  },
];
