import { registerActivations } from "./activations.ts";
import { registerConvolutions } from "./convolution.ts";
import { registerConvolutionGradients } from "./convolution-gradients.ts";
import { registerDense } from "./dense.ts";
import { registerMean } from "./mean.ts";
import type { Tf } from "./operations.ts";
import { registerPointwiseGradients } from "./pointwise.ts";
import { registerPooling } from "./pooling.ts";

export { type NativeOptimizer, type NativeOptions, nativeOptimizer } from "./optimizer.ts";

/** Part of the engine's version: raise it when a kernel here changes results in the last bits. */
export const NATIVE_KERNELS_VERSION = 3;

let registered: string[] | undefined;

/**
 * Replaces what tfjs-node computes slowly or wrongly, once a process, and returns what was replaced. Call it after tfjs-node is loaded.
 */
export function registerNativeKernels(tf: Tf): readonly string[] {
  registered ??= [
    ...registerActivations(tf),
    ...registerPooling(tf),
    ...registerConvolutions(tf),
    ...registerDense(tf),
    ...registerMean(tf),
    ...registerConvolutionGradients(tf),
    ...registerPointwiseGradients(tf),
  ];
  return registered;
}
