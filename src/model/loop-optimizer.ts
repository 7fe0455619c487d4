import type { NamedTensorMap, Variable } from "@tensorflow/tfjs-core";
import type { Engine } from "../engine/types.ts";
import { peek } from "../engine/values.ts";
import type { Optimizer, OptimizerName, OptimizerOptions } from "./optimizer.ts";

/** Changes `weights` in place by their `gradient`; `first` and `second` are this variable's memory between steps. */
type Update = (
  weights: Float32Array,
  gradient: Float32Array,
  first: Float32Array,
  second: Float32Array,
  third: Float32Array,
) => void;

/**
 * Optimizers as one loop a variable, reading gradients from the wasm heap. As a chain of tensor operations an Adam step is ten
 * kernel calls and as many temporary tensors for each variable, which costs small networks more than their convolutions do.
 * Weights get a new tensor at each step: the backend keeps filters packed by the tensor they came from.
 */
export function loopOptimizer(
  engine: Engine,
  name: OptimizerName,
  options: OptimizerOptions,
  variables: Variable[],
): Optimizer {
  const start = name === "adagrad" ? options.initialAccumulatorValue : 0;
  const memory = variables.map(({ size }) => [
    new Float32Array(size).fill(start),
    new Float32Array(size),
    new Float32Array(name === "rmsprop" ? size : 0),
  ]);
  const weights = variables.map((variable) => peek(engine, variable).slice());
  let step = 0;
  return {
    apply(gradients: NamedTensorMap) {
      const update = updateOf(name, options, ++step);
      variables.forEach((variable, i) => {
        const values = peek(engine, gradients[variable.name]);
        const gradient = options.clipValue || options.clipNorm ? clipped(values.slice(), options) : values;
        update(weights[i], gradient, memory[i][0], memory[i][1], memory[i][2]);
        engine.tf.tidy(() => variable.assign(engine.tf.tensor(weights[i], variable.shape)));
      });
    },
    dispose: () => void (memory.length = 0),
  };
}

function clipped(gradient: Float32Array, { clipValue, clipNorm }: OptimizerOptions): Float32Array {
  if (clipValue)
    for (let i = 0; i < gradient.length; i++) gradient[i] = Math.max(-clipValue, Math.min(clipValue, gradient[i]));
  if (!clipNorm) return gradient;
  let squares = 0;
  for (let i = 0; i < gradient.length; i++) squares += gradient[i] ** 2;
  const norm = Math.sqrt(squares);
  if (norm > clipNorm) for (let i = 0; i < gradient.length; i++) gradient[i] *= clipNorm / norm;
  return gradient;
}

function updateOf(name: OptimizerName, options: OptimizerOptions, step: number): Update {
  const { learningRate: rate, beta1, beta2, epsilon, rho, momentum } = options;
  switch (name) {
    case "sgd":
      if (momentum === 0)
        return (w, g) => {
          for (let i = 0; i < w.length; i++) w[i] -= rate * g[i];
        };
      return (w, g, velocity) => {
        for (let i = 0; i < w.length; i++) {
          velocity[i] = momentum * velocity[i] + g[i];
          w[i] -= rate * (options.nesterov ? g[i] + momentum * velocity[i] : velocity[i]);
        }
      };
    case "adam": // Kingma and Ba 2015, algorithm 1
    case "adamW": {
      // Loshchilov and Hutter 2019, algorithm 2
      const decay = name === "adamW" ? 1 - rate * options.weightDecay : 1;
      const firstUnbiased = 1 / (1 - beta1 ** step);
      const secondUnbiased = 1 / (1 - beta2 ** step);
      return (w, g, m, v) => {
        for (let i = 0; i < w.length; i++) {
          const slope = g[i];
          const first = (m[i] = beta1 * m[i] + (1 - beta1) * slope);
          const second = (v[i] = beta2 * v[i] + (1 - beta2) * slope * slope);
          w[i] = w[i] * decay - (rate * first * firstUnbiased) / (Math.sqrt(second * secondUnbiased) + epsilon);
        }
      };
    }
    case "adamax": {
      // Kingma and Ba 2015, algorithm 2
      const unbiased = 1 / (1 - beta1 ** step);
      return (w, g, m, largest) => {
        for (let i = 0; i < w.length; i++) {
          m[i] = beta1 * m[i] + (1 - beta1) * g[i];
          largest[i] = Math.max(beta2 * largest[i], Math.abs(g[i]));
          w[i] -= (rate * unbiased * m[i]) / (largest[i] + epsilon);
        }
      };
    }
    case "rmsprop": // Tieleman and Hinton 2012; centred as in Graves 2013, equations 38 to 45
      return (w, g, square, velocity, mean) => {
        for (let i = 0; i < w.length; i++) {
          square[i] = rho * square[i] + (1 - rho) * g[i] * g[i];
          mean[i] = rho * mean[i] + (1 - rho) * g[i];
          const spread = options.centered ? square[i] - mean[i] * mean[i] : square[i];
          velocity[i] = momentum * velocity[i] + (rate * g[i]) / Math.sqrt(spread + epsilon);
          w[i] -= velocity[i];
        }
      };
    case "adagrad": // Duchi et al. 2011
      return (w, g, square) => {
        for (let i = 0; i < w.length; i++) {
          square[i] += g[i] * g[i];
          w[i] -= (rate * g[i]) / Math.sqrt(square[i] + 1e-7);
        }
      };
    case "adadelta": // Zeiler 2012, algorithm 1
      return (w, g, square, changes) => {
        for (let i = 0; i < w.length; i++) {
          square[i] = rho * square[i] + (1 - rho) * g[i] * g[i];
          const change = (Math.sqrt(changes[i] + epsilon) / Math.sqrt(square[i] + epsilon)) * g[i];
          changes[i] = rho * changes[i] + (1 - rho) * change * change;
          w[i] -= rate * change;
        }
      };
  }
}
