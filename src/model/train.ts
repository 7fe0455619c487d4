import { setImmediate } from "node:timers/promises";
import type { Tensor, Variable } from "@tensorflow/tfjs-core";
import type { Engine } from "../engine/types.ts";
import { InputError } from "../errors.ts";
import { deriveSeed, random } from "../random.ts";
import { IGNORE } from "../stats/mask.ts";
import { type BatchFeed, type BatchPlan, batchFeed } from "./augment-ahead.ts";
import type { Batch } from "./batches.ts";
import { type BuiltModel, buildModel } from "./build.ts";
import { gradientsBy } from "./gradients.ts";
import { type BatchLoss, batchLoss, type LossName, type LossOptions } from "./losses.ts";
import { makeOptimizer, type Optimizer } from "./optimizer.ts";
import { imagesIn, runBatches } from "./predict.ts";
import { imageWriter } from "./preprocess.ts";
import { allFinite, Snapshot } from "./snapshot.ts";
import { trainedModel } from "./trained-model.ts";
import type {
  EpochPoint,
  LabelledImages,
  MaskedImages,
  Recipe,
  TrainedModel,
  TrainingOptions,
  TrainingSummary,
} from "./types.ts";

/** Milliseconds of work after which other tasks of the process get a turn. */
const TURN = 50;
/** Steps between two looks at whether all weights are finite, on engines where a look costs several operations a weight. */
const LOOK = 8;
/** Outputs of validation masks held at a time. */
const MOST_OUTPUTS = 8_000_000;

type Data = LabelledImages | MaskedImages;
/** One label an image, or one a pixel. */
const labelsOf = (data: Data): Int32Array | Uint8Array => ("masks" in data ? data.masks : data.labels);
const labelsEach = (data: Data): number => ("masks" in data ? data.shape.height * data.shape.width : 1);

/**
 * Trains a recipe's network from its initial weights. The same engine, recipe, data and seed give the same weights, bit for bit.
 * With masks in place of labels it is a segmentation model that is trained: accuracy is that of pixels.
 * Loss and accuracy of an epoch are means over its batches as they were met; penalties on weights are left out of them, so
 * that they compare with the validation figures. Without validation data early stopping watches the training loss.
 *
 * @throws InputError where the images do not fit the recipe; an AbortError where `options.signal` is aborted
 */
export async function train(
  engine: Engine,
  recipe: Recipe,
  data: LabelledImages | MaskedImages,
  options: TrainingOptions,
): Promise<TrainedModel> {
  const started = performance.now();
  const images = imagesIn(data.pixels, data.shape);
  const labels = labelsOf(data);
  if (images === 0 || images * labelsEach(data) !== labels.length)
    throw new InputError({
      file: "training data",
      problem: `There are ${images} images and ${labels.length} labels${"masks" in data ? " of pixels" : ""}.`,
      remedy: "Give as many labels as images, and at least one.",
    });
  const write = imageWriter(data.shape, recipe.input);
  const model = buildModel(engine, recipe, options.seed);
  try {
    const loss = lossOptions(recipe, model, data, options.classes);
    const progress = await new Training(engine, recipe, model, data, options, write, loss).run();
    const summary = { ...progress, seconds: (performance.now() - started) / 1000, parameters: model.parameters };
    return trainedModel(engine, recipe, model, { shape: data.shape, classes: options.classes, summary });
  } catch (error) {
    model.dispose();
    throw error;
  }
}

/** Weights of the classes: balanced is images / (classes x images of the class) (King and Zeng 2001). */
export function classWeights(
  recipe: Recipe,
  labels: Int32Array | Uint8Array,
  classes: number,
): Float64Array | undefined {
  const { classWeight } = recipe.fit;
  if (classWeight === undefined) return undefined;
  if (classWeight !== "balanced") return Float64Array.from(classWeight);
  const counts = new Float64Array(classes);
  let all = 0;
  for (const label of labels)
    if (label < classes) {
      counts[label]++;
      all++;
    }
  return counts.map((count) => (count > 0 ? all / (classes * count) : 0));
}

function lossOptions(recipe: Recipe, model: BuiltModel, data: Data, classes: number): LossOptions {
  return {
    loss: recipe.compile.loss as LossName,
    activation: model.activation,
    fromLogits: recipe.compile.fromLogits ?? true,
    labelSmoothing: recipe.compile.labelSmoothing ?? 0,
    classWeight: classWeights(recipe, labelsOf(data), classes),
    ...("masks" in data ? { ignore: IGNORE } : {}),
  };
}

type Progress = Pick<TrainingSummary, "curve" | "steps" | "diverged">;

class Training {
  private readonly variables: Variable[];
  private readonly labels: Int32Array | Uint8Array;
  private readonly best: Snapshot;
  /** Weights that were finite when they were looked at last, to go back to. */
  private readonly finite: Snapshot;

  constructor(
    private readonly engine: Engine,
    private readonly recipe: Recipe,
    private readonly model: BuiltModel,
    private readonly data: Data,
    private readonly options: TrainingOptions,
    private readonly write: ReturnType<typeof imageWriter>,
    private readonly loss: LossOptions,
  ) {
    const read = (weight: { read(): Tensor }) => weight.read() as Variable;
    this.variables = model.layers.flatMap((layer) => layer.trainableWeights.map(read));
    const every = model.layers.flatMap((layer) => layer.weights.map(read));
    this.finite = new Snapshot(every);
    this.best = new Snapshot(every);
    this.labels = labelsOf(data);
  }

  async run(): Promise<Progress> {
    const { batchSize, epochs, dropRemainder, augmentation } = this.recipe.fit;
    const images = this.labels.length / labelsEach(this.data);
    const batches = Math.max(1, dropRemainder ? Math.floor(images / batchSize) : Math.ceil(images / batchSize));
    const wanted = this.options.steps ?? epochs * batches;
    const setup = { shape: this.data.shape, input: this.recipe.input, augmentation };
    const feed = batchFeed(setup, this.data, wanted, this.options.augmentationThread);
    const optimizer = makeOptimizer(this.engine, this.recipe.compile.optimizer, this.variables);
    try {
      return await this.epochs(optimizer, feed, this.plans(images, batches), batches, wanted);
    } finally {
      for (const each of [optimizer, this.best, this.finite]) each.dispose();
      await feed.close();
    }
  }

  /** The images of each batch, epoch after epoch. */
  private *plans(images: number, batches: number): Generator<BatchPlan, never> {
    const { batchSize } = this.recipe.fit;
    const rows = Array.from({ length: images }, (_, row) => row);
    for (let epoch = 0; ; epoch++) {
      const order = random(deriveSeed(this.options.seed, "shuffle", epoch)).shuffle(rows);
      const seed = deriveSeed(this.options.seed, "augment", epoch);
      for (let batch = 0; batch < batches; batch++)
        yield { rows: order.slice(batch * batchSize, (batch + 1) * batchSize), seed };
    }
  }

  private async epochs(
    optimizer: Optimizer,
    feed: BatchFeed,
    plans: Generator<BatchPlan, never>,
    batches: number,
    wanted: number,
  ): Promise<Progress> {
    const { earlyStopping } = this.recipe.fit;
    let plan = plans.next().value;
    const curve: EpochPoint[] = [];
    let steps = 0;
    let diverged = false;
    let best = { loss: Number.POSITIVE_INFINITY, epoch: -1 };
    let turn = performance.now();
    for (let epoch = 0; steps < wanted && !diverged; epoch++) {
      const sum = { loss: 0, correct: 0, images: 0, labels: 0 };
      for (let batch = 0; batch < batches && steps < wanted; batch++) {
        this.options.signal?.throwIfAborted();
        const { rows } = plan;
        const next = plans.next().value;
        const input = await feed.take(plan, steps + 1 < wanted ? next : undefined);
        plan = next;
        const look = this.engine.name === "wasm" || steps % LOOK === 0 || batch === batches - 1;
        const result = await this.step(rows, input, look, (gradients) => optimizer.apply(gradients));
        if (!Number.isFinite(result.loss)) {
          diverged = true;
          this.finite.restore();
          break;
        }
        steps++;
        sum.loss += result.loss * rows.length;
        sum.correct += result.correct;
        sum.images += rows.length;
        sum.labels += result.counted;
        if (performance.now() - turn > TURN) {
          await setImmediate();
          turn = performance.now();
        }
      }
      if (sum.images === 0) break;
      const point: EpochPoint = {
        epoch: epoch + 1,
        loss: sum.loss / sum.images,
        accuracy: sum.correct / sum.labels,
        ...(await this.validate()),
      };
      curve.push(point);
      this.options.onEpoch?.(point);
      if (!earlyStopping) continue;
      const watched = point.validationLoss ?? point.loss;
      if (watched < best.loss) {
        best = { loss: watched, epoch };
        this.best.keep();
      } else if (epoch - best.epoch >= earlyStopping.patience) break;
    }
    if (earlyStopping) this.best.restore();
    return { curve, steps, diverged };
  }

  /** One step of the optimizer. Where the loss is not finite nothing is changed. */
  private async step(
    rows: readonly number[],
    input: Batch,
    look: boolean,
    apply: (gradients: Record<string, Tensor>) => void,
  ): Promise<BatchLoss> {
    const labels = input.masks ?? Int32Array.from(rows, (row) => this.labels[row]);
    let result: BatchLoss = { loss: Number.NaN, correct: 0, counted: 0 };
    const forward = () => ({
      logits: this.model.forward(this.tensorOf(input), true),
      penalties: this.model.penalties(),
    });
    const gradients = await gradientsBy(this.engine, this.variables, forward, (logits) => {
      const slope = new Float32Array(logits.length);
      result = batchLoss(logits, labels, this.loss, slope);
      return Number.isFinite(result.loss) ? slope : undefined;
    });
    if (!gradients) return result;
    // A rectifier may hide weights that are not numbers.
    if (look && !(await allFinite(this.engine, this.variables))) result.loss = Number.NaN;
    else {
      if (look) this.finite.keep();
      apply(gradients);
    }
    this.engine.tf.dispose(gradients);
    return result;
  }

  private tensorOf({ values }: Batch): Tensor {
    const { height, width } = this.data.shape;
    const { channels } = this.recipe.input;
    return this.engine.tf.tensor4d(values, [values.length / (height * width * channels), height, width, channels]);
  }

  private async validate(): Promise<Pick<EpochPoint, "validationLoss" | "validationAccuracy">> {
    const { validation } = this.options;
    if (!validation) return {};
    const labels = labelsOf(validation);
    if (labels.length === 0) return {};
    const feed = { shape: validation.shape, channels: this.recipe.input.channels, write: this.write };
    const unweighted = { ...this.loss, classWeight: undefined };
    const { height, width, channels } = validation.shape;
    const each = labelsEach(validation);
    // Labels of images are judged at once; masks some images at a time.
    const step = each === 1 ? labels.length : Math.max(1, Math.floor(MOST_OUTPUTS / (each * this.model.width)));
    const sum = { loss: 0, correct: 0, counted: 0 };
    for (let from = 0; from < labels.length / each; from += step) {
      const pixels = validation.pixels.subarray(
        from * height * width * channels,
        (from + step) * height * width * channels,
      );
      const { values } = await runBatches(this.engine, feed, pixels, (x) => this.model.forward(x, false));
      const part = labels.subarray(from * each, (from + step) * each);
      const { loss, correct, counted } = batchLoss(values, part, unweighted, new Float32Array(values.length));
      if (each === 1) return { validationLoss: loss, validationAccuracy: correct / counted };
      // The mean over nothing is no number: a part that is all to be ignored says nothing.
      if (counted > 0) sum.loss += loss * counted;
      sum.correct += correct;
      sum.counted += counted;
    }
    return { validationLoss: sum.loss / sum.counted, validationAccuracy: sum.correct / sum.counted };
  }
}
