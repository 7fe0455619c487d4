import type { NamedTensorMap, Variable } from "@tensorflow/tfjs-core";
import { nativeOptimizer } from "../engine/native-kernels/index.ts";
import type { Engine } from "../engine/types.ts";
import { loopOptimizer } from "./loop-optimizer.ts";
import type { Recipe } from "./types.ts";

/** Optimizers and their options with Keras' defaults. */
export const OPTIMIZERS = {
  sgd: { learningRate: 0.01, momentum: 0, nesterov: false },
  adam: { learningRate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-7 },
  adamW: { learningRate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-7, weightDecay: 0.004 },
  adamax: { learningRate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-7 },
  rmsprop: { learningRate: 0.001, rho: 0.9, momentum: 0, epsilon: 1e-7, centered: false },
  adagrad: { learningRate: 0.001, initialAccumulatorValue: 0.1 },
  adadelta: { learningRate: 0.001, rho: 0.95, epsilon: 1e-7 },
} as const;
export type OptimizerName = keyof typeof OPTIMIZERS;

/** Every option that an optimizer may have. */
export type OptimizerOptions = Record<
  | "learningRate"
  | "momentum"
  | "beta1"
  | "beta2"
  | "epsilon"
  | "weightDecay"
  | "rho"
  | "initialAccumulatorValue"
  | "clipValue"
  | "clipNorm",
  number
> & { nesterov: boolean; centered: boolean };

export interface Optimizer {
  /** Changes the variables by their gradients. */
  apply(gradients: NamedTensorMap): void;
  dispose(): void;
}

/** The recipe's optimizer: plain loops on wasm, one operation of the library a variable on tensorflow, tfjs' own elsewhere. */
export function makeOptimizer(
  engine: Engine,
  { name, ...options }: Recipe["compile"]["optimizer"],
  variables: Variable[],
): Optimizer {
  const kind = name as OptimizerName;
  const all = { clipValue: 0, clipNorm: 0, ...OPTIMIZERS[kind], ...options } as OptimizerOptions;
  const native = engine.name === "tensorflow" && nativeOptimizer(engine.tf, kind, all, variables);
  if (native) return clippedAndDecayed(engine, kind, all, variables, native);
  // tfjs' adadelta leaves this step's gradient out of the divisor, its centred rmsprop takes epsilon off instead of adding it.
  return engine.synchronous && (engine.name === "wasm" || kind === "adadelta" || all.centered)
    ? loopOptimizer(engine, kind, all, variables)
    : stockOptimizer(engine, kind, all, variables);
}

function stockOptimizer(
  engine: Engine,
  name: OptimizerName,
  options: OptimizerOptions,
  variables: Variable[],
): Optimizer {
  const { tf } = engine;
  const { learningRate, beta1, beta2, epsilon, rho, momentum } = options;
  const make = {
    sgd: () =>
      momentum > 0 ? tf.train.momentum(learningRate, momentum, options.nesterov) : tf.train.sgd(learningRate),
    adam: () => tf.train.adam(learningRate, beta1, beta2, epsilon),
    adamW: () => tf.train.adam(learningRate, beta1, beta2, epsilon),
    adamax: () => tf.train.adamax(learningRate, beta1, beta2, epsilon),
    rmsprop: () => tf.train.rmsprop(learningRate, rho, momentum, epsilon, options.centered),
    adagrad: () => tf.train.adagrad(learningRate, options.initialAccumulatorValue),
    adadelta: () => tf.train.adadelta(learningRate, rho, epsilon),
  };
  return clippedAndDecayed(engine, name, options, variables, make[name]() as Steps);
}

interface Steps {
  applyGradients(gradients: NamedTensorMap): void;
  dispose(): void;
}

/** What the recipe wants beyond the plain step: clipped gradients, and AdamW's decay. */
function clippedAndDecayed(
  { tf }: Engine,
  name: OptimizerName,
  options: OptimizerOptions,
  variables: Variable[],
  optimizer: Steps,
): Optimizer {
  const decay = name === "adamW" ? 1 - options.learningRate * options.weightDecay : 1;
  return {
    apply: (gradients) =>
      tf.tidy(() => {
        if (decay !== 1) for (const variable of variables) variable.assign(tf.mul(variable, decay));
        const clipped = Object.entries(gradients).map(([key, gradient]) => {
          if (options.clipValue) return [key, tf.clipByValue(gradient, -options.clipValue, options.clipValue)];
          if (!options.clipNorm) return [key, gradient];
          const norm = tf.norm(gradient);
          return [key, tf.mul(gradient, tf.div(options.clipNorm, tf.maximum(norm, options.clipNorm)))];
        });
        optimizer.applyGradients(Object.fromEntries(clipped));
      }),
    dispose: () => optimizer.dispose(),
  };
}
