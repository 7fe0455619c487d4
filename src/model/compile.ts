import { InputError } from "../errors.ts";
import { LOSSES, type LossName } from "./losses.ts";
import { camelKeys, findName, suggestion } from "./names.ts";
import { OPTIMIZERS, type OptimizerName } from "./optimizer.ts";
import { optimizerSchema, parse } from "./recipe-schema.ts";
import type { Recipe } from "./types.ts";

const LOSS_ALIASES: Record<string, LossName> = {
  mse: "meanSquaredError",
  mae: "meanAbsoluteError",
  kld: "kullbackLeiblerDivergence",
  kldivergence: "kullbackLeiblerDivergence",
};
const OPTIMIZER_ALIASES: Record<string, OptimizerName> = { momentum: "sgd" };
/** What Keras writes of optimizers and what changes nothing here. */
const IDLE =
  /^(name|jitCompile|isLegacyOptimizer|useEma|emaMomentum|emaOverwriteFrequency|amsgrad|decay|lossScaleFactor|gradientAccumulationSteps|globalClipnorm)$/;
const COMMON = ["learningRate", "clipValue", "clipNorm"];

/**
 * Reads optimizer and loss.
 *
 * @param width units of the model's output
 */
export function readCompile(given: Record<string, unknown>, file: string, width: number): Recipe["compile"] {
  const compile = camelKeys(given) as Record<string, unknown>;
  const known = ["optimizer", "loss", "labelSmoothing", "fromLogits", "metrics"];
  for (const field of Object.keys(compile))
    if (!known.includes(field))
      throw new InputError({
        file,
        field: `compile.${field}`,
        problem: "There is no such field.",
        remedy: suggestion(field, known),
      });
  const loss = readLoss(compile.loss ?? (width === 1 ? "binaryCrossentropy" : LOSSES[0]), file);
  if (width === 1 && /^(sparseC|c)ategorical|kullback/.test(loss.name))
    throw new InputError({
      file,
      field: "compile.loss",
      problem: `${loss.name} compares classes, but the model ends in one unit.`,
      remedy: "Use binaryCrossentropy, or end the model in one unit for each class.",
    });
  const labelSmoothing = compile.labelSmoothing ?? loss.labelSmoothing ?? 0;
  if (typeof labelSmoothing !== "number" || !(labelSmoothing >= 0 && labelSmoothing < 1))
    throw new InputError({
      file,
      field: "compile.labelSmoothing",
      problem: `${JSON.stringify(labelSmoothing)} cannot be used.`,
      remedy: "Give a number from 0 to below 1.",
    });
  const fromLogits = compile.fromLogits ?? loss.fromLogits;
  return {
    optimizer: readOptimizer(compile.optimizer ?? "adam", file),
    loss: loss.name,
    ...(labelSmoothing > 0 ? { labelSmoothing } : {}),
    ...(typeof fromLogits === "boolean" ? { fromLogits } : {}),
  };
}

interface Named {
  name: string;
  config: Record<string, unknown>;
}

/** A name, {"name": ..., options}, or Keras' {"class_name": ..., "config": {...}}. */
function named(given: unknown, file: string, field: string): Named {
  if (typeof given === "string") return { name: given, config: {} };
  if (given !== null && typeof given === "object") {
    const {
      className,
      config,
      module: _module,
      registeredName: _registered,
      buildConfig: _build,
      ...rest
    } = given as Record<string, unknown>;
    if (typeof className === "string") return { name: className, config: (config ?? {}) as Named["config"] };
    if (typeof rest.name === "string") {
      const { name, ...options } = rest;
      return { name: name as string, config: { ...(config as object), ...options } };
    }
  }
  throw new InputError({ file, field, problem: "It has no name.", remedy: 'Write {"name": "..."} or the name alone.' });
}

function readLoss(given: unknown, file: string) {
  const { name, config } = named(given, file, "compile.loss");
  const found = findName(name, LOSSES, LOSS_ALIASES);
  if (!found)
    throw new InputError({
      file,
      field: "compile.loss",
      problem: `The loss ${name} is not supported.`,
      remedy: suggestion(name, LOSSES),
    });
  return { name: found, fromLogits: config.fromLogits, labelSmoothing: config.labelSmoothing };
}

function readOptimizer(given: unknown, file: string): Recipe["compile"]["optimizer"] {
  const field = "compile.optimizer";
  const { name, config } = named(given, file, field);
  const kinds = Object.keys(OPTIMIZERS) as OptimizerName[];
  const kind = findName(name, kinds, OPTIMIZER_ALIASES);
  if (!kind)
    throw new InputError({
      file,
      field: `${field}.name`,
      problem: `The optimizer ${name} is not supported.`,
      remedy: suggestion(name, kinds),
    });
  const options: Record<string, unknown> = {};
  const takes = [...COMMON, ...Object.keys(OPTIMIZERS[kind])];
  for (const [key, value] of Object.entries(config)) {
    const option =
      key === "lr"
        ? "learningRate"
        : key.replace(/^clip(norm|value)$/, (_, what) => `clip${what[0].toUpperCase()}${what.slice(1)}`);
    if (value === null || value === false || IDLE.test(option)) continue;
    if (option in optimizerSchema.shape && !takes.includes(option)) {
      if (value === 0) continue;
      throw new InputError({
        file,
        field: `${field}.${option}`,
        problem: `${kind} has no such option.`,
        remedy: `It takes ${takes.join(", ")}.`,
      });
    }
    options[option] = value;
  }
  const { learningRate = OPTIMIZERS[kind].learningRate, ...rest } = parse(optimizerSchema, options, file, field);
  return { name: kind, learningRate, ...rest };
}
