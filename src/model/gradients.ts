import type { Tensor, Variable } from "@tensorflow/tfjs-core";
import type { Engine } from "../engine/types.ts";
import { peek } from "../engine/values.ts";

/** What a pass forward gives. */
interface Forward {
  /** [images, width] */
  logits: Tensor;
  /** Scalars that are added to the loss. */
  penalties: Tensor[];
}

/** The pass that is under way: tfjs has one tape a process, and an engine that waits leaves it open meanwhile. */
let underWay: Promise<unknown> = Promise.resolve();

/**
 * A pass forward, a look at its logits, and the pass back. Between the two the tape stays open, so that an engine which gives
 * values only to those who wait needs no second pass forward. On other engines all of it happens at once.
 *
 * @param slopeOf gets the logits' values, to be used at once, and gives the derivative of the loss by them, or nothing to stop here
 * @returns gradients by the variables' names, for the caller to dispose of
 */
export async function gradientsBy(
  engine: Engine,
  variables: readonly Variable[],
  forward: () => Forward,
  slopeOf: (logits: Float32Array) => Float32Array | undefined,
): Promise<Record<string, Tensor> | undefined> {
  if (engine.synchronous) {
    const pass = new Pass(engine, forward);
    return pass.back(variables, slopeOf(peek(engine, pass.logits)));
  }
  const before = underWay;
  let done = () => {};
  underWay = new Promise<void>((resolve) => (done = resolve));
  await before;
  try {
    const pass = new Pass(engine, forward);
    return pass.back(variables, slopeOf((await pass.logits.data()) as Float32Array));
  } finally {
    done();
  }
}

/** What tfjs' engine keeps to itself of its tape. The tfjs packages are pinned to one version. */
interface Tape {
  startTape(): void;
  endTape(): void;
  state: { activeTape: { saved?: Tensor[] }[] | null };
}

class Pass {
  readonly logits: Tensor;
  private readonly penalty: Tensor | undefined;
  private readonly tape: Tape;

  constructor(
    private readonly engine: Engine,
    forward: () => Forward,
  ) {
    const { tf } = engine;
    this.tape = tf.engine() as unknown as Tape;
    this.tape.startTape();
    try {
      const { logits, penalty } = tf.tidy(() => {
        const { logits, penalties } = forward();
        const sum = penalties.slice(1).reduce((total, each) => tf.add(total, each), penalties[0]);
        return { logits, penalty: sum ? [tf.reshape(sum, [])] : [] };
      });
      this.logits = logits;
      this.penalty = penalty[0];
    } catch (error) {
      this.forget();
      throw error;
    }
  }

  back(variables: readonly Variable[], slope: Float32Array | undefined): Record<string, Tensor> | undefined {
    const { tf } = this.engine;
    try {
      if (!slope) return void this.forget();
      const dy = tf.tensor(slope, this.logits.shape);
      // `gradients` opens the tape once more: closing it here leaves it the only one to have it open, and it cleans up.
      const end = () => {
        this.tape.endTape();
        if (!this.penalty) return this.logits;
        return tf.add(tf.sum(tf.mul(this.logits, dy)), this.penalty);
      };
      const { value, grads } = tf.engine().gradients(end, [...variables], this.penalty ? undefined : dy, true);
      if (value !== this.logits) value.dispose();
      dy.dispose();
      return Object.fromEntries(variables.map(({ name }, i) => [name, grads[i]]).filter(([, gradient]) => gradient));
    } finally {
      this.logits.dispose();
      this.penalty?.dispose();
    }
  }

  /** Closes the tape and frees what the pass forward saved. */
  private forget(): void {
    this.tape.endTape();
    const { state } = this.tape;
    for (const node of state.activeTape ?? []) for (const tensor of node.saved ?? []) tensor.dispose();
    state.activeTape = null;
  }
}
