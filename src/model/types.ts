import type { ImageShape } from "../dataset/types.ts";

/** One layer in the short form: a single key, tfjs' camelCase name, with that layer's configuration. */
export type LayerSpec = { [name: string]: Record<string, unknown> };

/** Each operation's strength. Absent or 0: off. */
export interface Augmentation {
  /** Degrees, either way. */
  rotation?: number;
  /** Fraction of the width and height, either way. */
  shift?: number;
  /** Fraction, in and out. */
  zoom?: number;
  /** Degrees, either way. */
  shear?: number;
  horizontalFlip?: boolean;
  verticalFlip?: boolean;
  /** Fraction of the range, either way. */
  brightness?: number;
  /** Fraction, either way. */
  contrast?: number;
  /** Fraction of the colour circle, either way. */
  hue?: number;
  /** Side of a square that is covered by a random colour at a random place, up to this fraction of the image's shorter side. */
  erase?: number;
}

/** How 0..255 becomes what the first layer sees. */
export type Scale = "0..1" | "-1..1" | "0..255" | { mean: number[]; std: number[] };

/** A recipe after reading and checking: what to build, how to compile it, how to fit it. JSON all through: its digest is a key. */
export interface Recipe {
  architecture: LayerSpec[];
  compile: {
    optimizer: { name: string; learningRate: number; [option: string]: unknown };
    loss: string;
    /** 0..1, applied to one-hot targets (Szegedy et al. 2016, section 7). */
    labelSmoothing?: number;
    /** Whether a linear last layer gives logits (the default), or what it gives is taken as it is, as Keras does by default. */
    fromLogits?: boolean;
  };
  fit: {
    epochs: number;
    batchSize: number;
    classWeight?: "balanced" | number[];
    augmentation?: Augmentation;
    /** Stop when the validation loss has not improved for `patience` epochs and go back to the best weights. */
    earlyStopping?: { patience: number };
    /** Leave out the last batch where it is smaller than the others. */
    dropRemainder?: boolean;
  };
  input: {
    size: [height: number, width: number];
    channels: 1 | 3;
    scale: Scale;
    order: "rgb" | "bgr";
    /** Boxes that are blank in every image, as fractions of its height and width. */
    mask?: [top: number, left: number, bottom: number, right: number][];
    /** Every image is brought to the same brightness and contrast before it is scaled. */
    equalize?: boolean;
  };
}

/** Images and labels for training or judging, in memory. `pixels`: [images, height, width, channels], 0..255. */
export interface LabelledImages {
  shape: ImageShape;
  pixels: Uint8Array;
  labels: Int32Array;
}

/** Images and their masks. `pixels`: [images, height, width, channels], 0..255; `masks`: [images, height, width], class indices or 255. */
export interface MaskedImages {
  shape: ImageShape;
  pixels: Uint8Array;
  masks: Uint8Array;
}

export interface EpochPoint {
  epoch: number;
  loss: number;
  accuracy: number;
  validationLoss?: number;
  validationAccuracy?: number;
}

export interface TrainingOptions {
  seed: number;
  classes: number;
  /** Train for exactly this many optimizer steps, whatever the number of images, so that arms are compared at equal steps. Default: epochs x batches. */
  steps?: number;
  /** Judged after each epoch; needed for early stopping. Never the test set. */
  validation?: LabelledImages | MaskedImages;
  onEpoch?: (point: EpochPoint) => void;
  signal?: AbortSignal;
  /** Whether a thread augments the next batch meanwhile; "auto" (default): where that pays. It changes no result. */
  augmentationThread?: "auto" | "always" | "never";
}

export interface TrainingSummary {
  curve: EpochPoint[];
  steps: number;
  seconds: number;
  /** The loss became NaN or infinite: training stopped there, and the weights are those that were last seen to be finite. */
  diverged: boolean;
  parameters: number;
}

/** Anything that turns images into class probabilities: a trained model, a saved tfjs model, an ONNX session. */
export interface Predictor {
  classes: number;
  shape: ImageShape;
  /** [images, classes], rows sum to one; for segmentation [images, height, width, classes], so give it few images at a time. */
  predict(pixels: Uint8Array): Promise<Float32Array>;
  /** Activations before the last layer, [images, features]; absent where the model does not show them. */
  features?(pixels: Uint8Array): Promise<{ values: Float32Array; width: number }>;
  dispose(): void;
}

export interface TrainedModel extends Predictor {
  summary: TrainingSummary;
  features(pixels: Uint8Array): Promise<{ values: Float32Array; width: number }>;
  /** Weights as one block, with what is needed to load them again. */
  save(): Promise<Uint8Array>;
}
