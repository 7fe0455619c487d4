import type { KernelConfig } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { batchMatMul } from "./batch-mat-mul.ts";
import { conv2DBackpropFilter } from "./conv2d-backprop-filter.ts";
import { conv2DBackpropInput } from "./conv2d-backprop-input.ts";
import { depthwiseBackpropFilter } from "./depthwise-backprop-filter.ts";
import { depthwiseBackpropInput } from "./depthwise-backprop-input.ts";
import { BACKEND, type WasmKernel } from "./heap.ts";
import { identity } from "./identity.ts";
import { maxPoolGrad } from "./max-pool-grad.ts";
import { sum } from "./sum.ts";

/** Kernels that training needs and tfjs' wasm backend lacks, or has in a slow form only. A new one is one file and a line here. */
export const WASM_KERNELS: readonly WasmKernel[] = [
  batchMatMul,
  conv2DBackpropFilter,
  conv2DBackpropInput,
  depthwiseBackpropFilter,
  depthwiseBackpropInput,
  identity,
  maxPoolGrad,
  sum,
];

/** Registers all of them, each in place of the stock kernel of its name. Call it once. */
export function registerWasmKernels(): void {
  for (const { name, make } of WASM_KERNELS) {
    const stock = (tf.getKernel(name, BACKEND) as KernelConfig | undefined)?.kernelFunc;
    if (stock) tf.unregisterKernel(name, BACKEND);
    tf.registerKernel({ kernelName: name, backendName: BACKEND, kernelFunc: make(stock) });
  }
}
