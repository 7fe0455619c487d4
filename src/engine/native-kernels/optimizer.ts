import type { NamedTensorMap, Tensor, Variable } from "@tensorflow/tfjs-core";
import { attributes, type NativeBackend, nativeBackend, type Tf } from "./operations.ts";

export interface NativeOptions {
  learningRate: number;
  beta1: number;
  beta2: number;
  epsilon: number;
  rho: number;
  momentum: number;
  initialAccumulatorValue: number;
  nesterov: boolean;
  centered: boolean;
}

interface Update {
  operation: string;
  /** How many tensors it remembers for each variable, and their first value. */
  slots: number;
  start?: number;
  /** Its scalars before the gradient, by the number of the step from 1. */
  scalars: (step: number) => number[];
  /** Its scalars after the gradient. */
  after?: number[];
  nesterov?: boolean;
}

export interface NativeOptimizer {
  applyGradients(gradients: NamedTensorMap): void;
  dispose(): void;
}

/** Numbers of optimizers that live. The library keeps a kernel for each name of a resource: names are used again. */
const live = new Set<number>();

/**
 * An optimizer whose step is one operation a variable: those that Keras calls. Written as tensor operations an Adam step of
 * tfjs is some fourteen calls a variable, and costs a small network as much as its convolutions.
 *
 * @returns nothing for a name that it does not know
 */
export function nativeOptimizer(
  tf: Tf,
  name: string,
  options: NativeOptions,
  variables: readonly Variable[],
): NativeOptimizer | undefined {
  const update = updateOf(name, options);
  if (!update) return undefined;
  const backend = nativeBackend(tf);
  let number = 0;
  while (live.has(number)) number++;
  live.add(number);
  const state = (variable: Variable, i: number) => new State(tf, backend, variable, update, `optimizer-${number}-${i}`);
  const states = new Map(variables.map((variable, i) => [variable.name, state(variable, i)]));
  let step = 0;
  return {
    applyGradients(gradients) {
      step++;
      tf.tidy(() => {
        const before = update.scalars(step).map((value) => tf.scalar(value));
        const after = (update.after ?? []).map((value) => tf.scalar(value));
        for (const [key, gradient] of Object.entries(gradients)) states.get(key)?.apply(before, gradient, after);
      });
    },
    dispose() {
      for (const state of states.values()) state.dispose();
      states.clear();
      live.delete(number);
    },
  };
}

function updateOf(name: string, options: NativeOptions): Update | undefined {
  const { learningRate: rate, beta1, beta2, epsilon, rho, momentum, nesterov } = options;
  switch (name) {
    case "sgd":
      if (momentum === 0) return { operation: "ResourceApplyGradientDescent", slots: 0, scalars: () => [rate] };
      return { operation: "ResourceApplyKerasMomentum", slots: 1, scalars: () => [rate], after: [momentum], nesterov };
    case "adam":
    case "adamW": // its decay is the caller's
      return {
        operation: "ResourceApplyAdam",
        slots: 2,
        // The operation adds epsilon before the second moment is freed of its bias; Kingma and Ba, and tfjs, after it.
        scalars: (step) => [beta1 ** step, beta2 ** step, rate, beta1, beta2, epsilon * Math.sqrt(1 - beta2 ** step)],
        nesterov: false,
      };
    case "adamax":
      return {
        operation: "ResourceApplyAdaMax",
        slots: 2,
        scalars: (step) => [beta1 ** step, rate, beta1, beta2, epsilon],
      };
    case "rmsprop":
      return options.centered
        ? { operation: "ResourceApplyCenteredRMSProp", slots: 3, scalars: () => [rate, rho, momentum, epsilon] }
        : { operation: "ResourceApplyRMSProp", slots: 2, scalars: () => [rate, rho, momentum, epsilon] };
    case "adagrad":
      return {
        operation: "ResourceApplyAdagradV2",
        slots: 1,
        start: options.initialAccumulatorValue,
        scalars: () => [rate, epsilon ?? 1e-7],
      };
    case "adadelta":
      return { operation: "ResourceApplyAdadelta", slots: 2, scalars: () => [rate, rho, epsilon] };
    default:
      return undefined;
  }
}

/** A variable and what its optimizer remembers, as resources that live in the library. */
class State {
  private readonly weight: number;
  private readonly slots: number[];
  /** The tensor that the resource and the variable hold both; another one means that somebody assigned new weights. */
  private held: object | undefined;

  constructor(
    tf: Tf,
    private readonly backend: NativeBackend,
    private readonly variable: Variable,
    private readonly update: Update,
    name: string,
  ) {
    this.weight = this.resource(`${name}-w`);
    this.slots = Array.from({ length: update.slots }, (_, i) => this.resource(`${name}-${i}`));
    tf.tidy(() => {
      const start = tf.fill(variable.shape, update.start ?? 0);
      for (const slot of this.slots) this.assign(slot, start);
    });
  }

  apply(before: Tensor[], gradient: Tensor, after: Tensor[]): void {
    const { float, flag } = attributes(this.backend);
    if (this.held !== this.variable.dataId) this.assign(this.weight, this.variable);
    const ids = (tensors: Tensor[]) => this.backend.getInputTensorIds(tensors);
    const inputs = [this.weight, ...this.slots, ...ids(before), ...ids([gradient]), ...ids(after)];
    const options = [float("T"), flag("use_locking", false)];
    if (this.update.nesterov !== undefined) options.push(flag("use_nesterov", this.update.nesterov));
    this.backend.binding.executeOp(this.update.operation, options, inputs, 0);
    const changed = this.read();
    this.variable.assign(changed);
    this.held = this.variable.dataId;
    changed.dispose();
  }

  dispose(): void {
    for (const resource of [this.weight, ...this.slots]) {
      const options = [attributes(this.backend).flag("ignore_lookup_error", true)];
      this.backend.binding.executeOp("DestroyResourceOp", options, [resource], 0);
      this.backend.binding.deleteTensor(resource);
    }
  }

  private resource(name: string): number {
    const { float, shape, text } = attributes(this.backend);
    const options = [
      float("dtype"),
      shape("shape", this.variable.shape),
      text("container", ""),
      text("shared_name", name),
    ];
    return this.backend.binding.executeOp("VarHandleOp", options, [], 1)[0].id;
  }

  private assign(resource: number, value: Tensor): void {
    const inputs = [resource, ...this.backend.getInputTensorIds([value])];
    this.backend.binding.executeOp("AssignVariableOp", [attributes(this.backend).float("dtype")], inputs, 0);
  }

  /** The weights as a tensor that shares its memory with the resource until the next step. */
  private read(): Tensor {
    const [output] = this.backend.binding.executeOp(
      "ReadVariableOp",
      [attributes(this.backend).float("dtype")],
      [this.weight],
      1,
    );
    return this.backend.createOutputTensor(output);
  }
}
