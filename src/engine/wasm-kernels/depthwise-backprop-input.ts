import type { KernelFunc } from "@tensorflow/tfjs-core";
import { type DepthwiseAttributes, type DepthwiseInputs, walkDepthwise } from "./depthwise.ts";
import type { WasmBackend, WasmKernel } from "./heap.ts";

/**
 * The gradient of a depthwise convolution by its input, which tfjs' wasm backend lacks.
 *
 * dy [images, height', width', in x multiplier], filter [height, width, in, multiplier] -> [images, height, width, in]
 */
export const depthwiseBackpropInput: WasmKernel = {
  name: "DepthwiseConv2dNativeBackpropInput",
  make: (): KernelFunc => (call) => {
    const { dy, filter } = call.inputs as unknown as DepthwiseInputs;
    const attributes = call.attrs as unknown as DepthwiseAttributes & { inputShape: number[] };
    const backend = call.backend as WasmBackend;
    const result = backend.makeOutput(attributes.inputShape, "float32");
    const gradient = backend.typedArrayFromHeap(dy);
    const weights = backend.typedArrayFromHeap(filter);
    const out = backend.typedArrayFromHeap(result);
    out.fill(0);
    walkDepthwise(attributes.inputShape, filter.shape, attributes, (input, cell, output, channels, multiplier) => {
      for (let channel = 0; channel < channels; channel++)
        for (let k = 0; k < multiplier; k++)
          out[input + channel] +=
            weights[cell + channel * multiplier + k] * gradient[output + channel * multiplier + k];
    });
    return result;
  },
};
