import type { Tensor, Variable } from "@tensorflow/tfjs-core";
import type { Engine } from "../engine/types.ts";
import { peek } from "../engine/values.ts";

/**
 * Weights to go back to. It holds the tensors that the variables held, and copies nothing: a step gives a variable another
 * tensor and leaves the old one as it was.
 */
export class Snapshot {
  private held: Tensor[] = [];

  constructor(private readonly variables: readonly Variable[]) {}

  /** Keeps the weights as they are now, in place of what was kept before. */
  keep(): void {
    const before = this.held;
    this.held = this.variables.map((variable) => {
      const held = variable.clone();
      held.kept = true; // outlives the scope that it is made in
      return held;
    });
    for (const tensor of before) tensor.dispose();
  }

  /** Puts the kept weights back; nothing where none were kept. */
  restore(): void {
    this.held.forEach((tensor, i) => void this.variables[i].assign(tensor));
  }

  dispose(): void {
    for (const tensor of this.held) tensor.dispose();
    this.held = [];
  }
}

/** Whether all weights are finite: anything else times zero is not zero. One number is read, or on wasm the heap itself. */
export async function allFinite(engine: Engine, variables: readonly Variable[]): Promise<boolean> {
  if (engine.name === "wasm") return variables.every((variable) => sumsToZero(peek(engine, variable)));
  const { tf } = engine;
  const sum = tf.tidy(() =>
    // One after another: a GPU's operation takes few inputs.
    variables.map((variable) => tf.sum(tf.mul(variable, 0))).reduce((total, each) => tf.add(total, each)),
  );
  const [value] = engine.synchronous ? sum.dataSync() : await sum.data();
  sum.dispose();
  return value === 0;
}

function sumsToZero(values: Float32Array): boolean {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] * 0;
  return sum === 0;
}
