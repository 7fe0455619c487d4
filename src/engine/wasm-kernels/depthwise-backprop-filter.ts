import type { KernelFunc } from "@tensorflow/tfjs-core";
import { type DepthwiseAttributes, type DepthwiseInputs, walkDepthwise } from "./depthwise.ts";
import type { WasmBackend, WasmKernel } from "./heap.ts";

/**
 * The gradient of a depthwise convolution by its filter, which tfjs' wasm backend lacks.
 *
 * x [images, height, width, in], dy [images, height', width', in x multiplier] -> [height, width, in, multiplier]
 */
export const depthwiseBackpropFilter: WasmKernel = {
  name: "DepthwiseConv2dNativeBackpropFilter",
  make: (): KernelFunc => (call) => {
    const { x, dy } = call.inputs as unknown as DepthwiseInputs;
    const attributes = call.attrs as unknown as DepthwiseAttributes & { filterShape: number[] };
    const backend = call.backend as WasmBackend;
    const result = backend.makeOutput(attributes.filterShape, "float32");
    const values = backend.typedArrayFromHeap(x);
    const gradient = backend.typedArrayFromHeap(dy);
    const sums = new Float64Array(attributes.filterShape.reduce((product, size) => product * size, 1));
    walkDepthwise(x.shape, attributes.filterShape, attributes, (input, cell, output, channels, multiplier) => {
      for (let channel = 0; channel < channels; channel++)
        for (let k = 0; k < multiplier; k++)
          sums[cell + channel * multiplier + k] +=
            values[input + channel] * gradient[output + channel * multiplier + k];
    });
    backend.typedArrayFromHeap(result).set(sums);
    return result;
  },
};
