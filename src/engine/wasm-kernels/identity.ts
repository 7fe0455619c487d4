import type { KernelFunc, TensorInfo } from "@tensorflow/tfjs-core";
import type { WasmBackend, WasmKernel } from "./heap.ts";

/**
 * The tensor itself under a new name. The stock kernel copies the values, and the tape asks for one of these for each tensor it
 * keeps for the backward pass. Values are never changed in place, so sharing them is safe; other backends do the same.
 */
export const identity: WasmKernel = {
  name: "Identity",
  make:
    (stock): KernelFunc =>
    (call) => {
      const { x } = call.inputs as { x: TensorInfo };
      if (x.dtype === "string") return stock!(call);
      (call.backend as WasmBackend).incRef(x.dataId);
      return { dataId: x.dataId, shape: x.shape, dtype: x.dtype };
    },
};
