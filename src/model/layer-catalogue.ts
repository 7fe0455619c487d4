import { z } from "zod";

/** Shape of one image's values inside a network: [height, width, channels] or [features]. */
export type Shape = number[];
type Config = Record<string, unknown>;

/** Thrown by a layer that cannot take a shape: the field at fault, what is wrong and what to do. */
export class ShapeProblem extends Error {
  constructor(
    readonly field: string | undefined,
    readonly problem: string,
    readonly remedy: string,
  ) {
    super(problem);
  }
}

export interface LayerKind {
  /** Keras' class name. The short form's name is tfjs'. */
  keras: string;
  /** Fields that the layer takes. */
  fields: z.ZodRawShape;
  /** Shape of the output, or a `ShapeProblem`. `named`: shapes of the layers before it that have a name. */
  output: (shape: Shape, config: Config, named?: ReadonlyMap<string, Shape>) => Shape;
}

const count = z.int().positive();
const pair = z.union([count, z.tuple([count, count]), z.tuple([count]).transform(([one]) => one)]);
const fraction = z.number().min(0).lt(1);
const classed = z.object({ className: z.string(), config: z.record(z.string(), z.unknown()).default({}) });
const initializer = z.union([z.string(), classed]).optional();
const regularizer = z.union([z.string(), classed]).optional();
const padding = z.enum(["valid", "same"]).optional();

export const ACTIVATIONS = [
  "linear",
  "relu",
  "relu6",
  "elu",
  "selu",
  "sigmoid",
  "hardSigmoid",
  "softmax",
  "softplus",
  "softsign",
  "tanh",
  "swish",
  "mish",
  "gelu",
] as const;
const activation = z.enum(ACTIVATIONS).optional();

const weights = {
  activation,
  useBias: z.boolean().optional(),
  kernelInitializer: initializer,
  biasInitializer: initializer,
  kernelRegularizer: regularizer,
  biasRegularizer: regularizer,
};
const window = { kernelSize: pair, strides: pair.optional(), padding, dilationRate: pair.optional() };
const depthwise = {
  depthMultiplier: count.optional(),
  depthwiseInitializer: initializer,
  depthwiseRegularizer: regularizer,
};
const pool = { poolSize: pair.default(2), strides: pair.optional(), padding };

export const both = (value: unknown, standard: number): [number, number] => {
  if (Array.isArray(value)) return [value[0], value[1] ?? value[0]];
  const one = typeof value === "number" ? value : standard;
  return [one, one];
};

function image(shape: Shape): [number, number, number] {
  if (shape.length === 3) return shape as [number, number, number];
  throw new ShapeProblem(
    undefined,
    `It needs an image [height, width, channels], but the layer before it gives ${describe(shape)}.`,
    "Move it before flatten and dense layers.",
  );
}

export const describe = (shape: Shape): string => `[${shape.join(", ")}]`;

/** Height and width after a window has slid over an image (Dumoulin and Visin 2016, relationships 5 and 6). */
function slide(shape: Shape, config: Config, sizeField: string, standardStride?: [number, number]): [number, number] {
  const [height, width] = image(shape);
  const size = both(config[sizeField], 2);
  const strides = config.strides === undefined ? (standardStride ?? size) : both(config.strides, 1);
  const dilation = both(config.dilationRate, 1);
  const result = [height, width].map((length, axis) => {
    const reach = (size[axis] - 1) * dilation[axis] + 1;
    return config.padding === "same"
      ? Math.ceil(length / strides[axis])
      : Math.floor((length - reach) / strides[axis]) + 1;
  });
  if (result.some((length) => length < 1))
    throw new ShapeProblem(
      sizeField,
      `Its window of ${size.join(" x ")} does not fit the ${height} x ${width} values that reach it.`,
      'Make it smaller, take out a pooling layer before it, or set padding to "same".',
    );
  return result as [number, number];
}

const convolved = (shape: Shape, config: Config, channels: number): Shape => [
  ...slide(shape, config, "kernelSize", [1, 1]),
  channels,
];
const pooled = (shape: Shape, config: Config): Shape => [...slide(shape, config, "poolSize"), image(shape)[2]];
const same = (shape: Shape): Shape => shape;
const elementwise = (keras: string, fields: z.ZodRawShape = {}): LayerKind => ({ keras, fields, output: same });
const globalPool = (keras: string): LayerKind => ({ keras, fields: {}, output: (shape) => [image(shape)[2]] });

/** A layer that joins what reaches it with what an earlier layer gave, by that layer's name. Without names it is taken to change nothing. */
const joining = (keras: string, join: (shape: Shape, other: Shape) => Shape | undefined): LayerKind => ({
  keras,
  fields: { with: z.string().min(1) },
  output: (shape, config, named) => {
    if (!named) return shape;
    const other = named.get(config.with as string);
    if (!other)
      throw new ShapeProblem(
        "with",
        `No layer before it has the name ${JSON.stringify(config.with)}.`,
        'Give the earlier layer a name: {"conv2d": {"name": "fine", ...}}.',
      );
    const joined = join(shape, other);
    if (joined) return joined;
    throw new ShapeProblem(
      "with",
      `It joins ${describe(shape)} with the ${describe(other)} of ${config.with}, which do not fit.`,
      "Bring both to the same height and width first, with upSampling2d or conv2dTranspose.",
    );
  },
});

/** The layers that a recipe may have, by tfjs' names. */
export const LAYERS: Record<string, LayerKind> = {
  conv2d: {
    keras: "Conv2D",
    fields: { filters: count, ...window, ...weights },
    output: (shape, config) => convolved(shape, config, config.filters as number),
  },
  conv2dTranspose: {
    keras: "Conv2DTranspose",
    fields: { filters: count, kernelSize: pair, strides: pair.optional(), padding, ...weights },
    output: (shape, config) => {
      const [height, width] = image(shape);
      const size = both(config.kernelSize, 1);
      const strides = both(config.strides, 1);
      const grown = [height, width].map(
        (length, axis) =>
          length * strides[axis] + (config.padding === "same" ? 0 : Math.max(0, size[axis] - strides[axis])),
      );
      return [...grown, config.filters as number];
    },
  },
  depthwiseConv2d: {
    keras: "DepthwiseConv2D",
    fields: { ...window, ...weights, ...depthwise },
    output: (shape, config) => convolved(shape, config, image(shape)[2] * ((config.depthMultiplier as number) ?? 1)),
  },
  separableConv2d: {
    keras: "SeparableConv2D",
    fields: {
      filters: count,
      ...window,
      ...weights,
      ...depthwise,
      pointwiseInitializer: initializer,
      pointwiseRegularizer: regularizer,
    },
    output: (shape, config) => convolved(shape, config, config.filters as number),
  },
  maxPooling2d: { keras: "MaxPooling2D", fields: pool, output: pooled },
  averagePooling2d: { keras: "AveragePooling2D", fields: pool, output: pooled },
  globalMaxPooling2d: globalPool("GlobalMaxPooling2D"),
  globalAveragePooling2d: globalPool("GlobalAveragePooling2D"),
  upSampling2d: {
    keras: "UpSampling2D",
    fields: {
      size: pair.default(2).transform((size) => both(size, 2)),
      interpolation: z.enum(["nearest", "bilinear"]).optional(),
    },
    output: (shape, config) => {
      const [height, width, channels] = image(shape);
      const [tall, wide] = both(config.size, 2);
      return [height * tall, width * wide, channels];
    },
  },
  zeroPadding2d: {
    keras: "ZeroPadding2D",
    fields: {
      padding: z.union([z.int().min(0), z.array(z.union([z.int().min(0), z.array(z.int().min(0))]))]).default(1),
    },
    output: (shape, config) => {
      const [height, width, channels] = image(shape);
      const around = Array.isArray(config.padding) ? config.padding : [config.padding, config.padding];
      const [tall, wide] = around.map((side) => (Array.isArray(side) ? side[0] + side[1] : 2 * (side as number)));
      return [height + tall, width + wide, channels];
    },
  },
  concatenate: joining("Concatenate", (shape, other) =>
    shape.length === other.length && shape.slice(0, -1).every((size, axis) => size === other[axis])
      ? [...shape.slice(0, -1), shape[shape.length - 1] + other[other.length - 1]]
      : undefined,
  ),
  add: joining("Add", (shape, other) =>
    shape.length === other.length && shape.every((size, axis) => size === other[axis]) ? shape : undefined,
  ),
  reshape: {
    keras: "Reshape",
    fields: { targetShape: z.array(count).min(1).max(3) },
    output: (shape, config) => {
      const target = config.targetShape as Shape;
      const size = (of: Shape) => of.reduce((product, length) => product * length, 1);
      if (size(target) === size(shape)) return target;
      throw new ShapeProblem(
        "targetShape",
        `It makes ${describe(target)} of ${describe(shape)}: ${size(target)} of ${size(shape)} values.`,
        "Give sizes whose product is that of the layer before it.",
      );
    },
  },
  flatten: { keras: "Flatten", fields: {}, output: (shape) => [shape.reduce((product, size) => product * size, 1)] },
  dense: {
    keras: "Dense",
    fields: { units: count, ...weights },
    output: (shape, config) => [...shape.slice(0, -1), config.units as number],
  },
  dropout: elementwise("Dropout", { rate: fraction, seed: z.int().nullish() }),
  spatialDropout2d: {
    keras: "SpatialDropout2D",
    fields: { rate: fraction, seed: z.int().nullish() },
    output: (shape) => image(shape),
  },
  batchNormalization: elementwise("BatchNormalization", {
    momentum: z.number().min(0).max(1).optional(),
    epsilon: z.number().positive().optional(),
    center: z.literal(true).optional(),
    scale: z.literal(true).optional(),
    betaInitializer: initializer,
    gammaInitializer: initializer,
    movingMeanInitializer: initializer,
    movingVarianceInitializer: initializer,
    betaRegularizer: regularizer,
    gammaRegularizer: regularizer,
  }),
  layerNormalization: elementwise("LayerNormalization", { epsilon: z.number().positive().optional() }),
  activation: elementwise("Activation", { activation: z.enum(ACTIVATIONS) }),
  reLU: elementwise("ReLU", { maxValue: z.number().positive().optional() }),
  leakyReLU: elementwise("LeakyReLU", { alpha: z.number().min(0).optional() }),
  elu: elementwise("ELU", { alpha: z.number().optional() }),
  prelu: elementwise("PReLU", {
    alphaInitializer: initializer,
    alphaRegularizer: regularizer,
    sharedAxes: z.union([count, z.array(count)]).optional(),
  }),
  softmax: elementwise("Softmax", { axis: z.literal(-1).default(-1) }),
};
