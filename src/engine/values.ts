import type { Tensor } from "@tensorflow/tfjs-core";
import type { Engine } from "./types.ts";

/**
 * The values of a float32 tensor for reading. On wasm it is a view of the heap, which the next new tensor may detach: use it at
 * once. On other engines it is a copy.
 */
export function peek({ name, tf }: Engine, tensor: Tensor): Float32Array {
  if (name !== "wasm") return tensor.dataSync() as Float32Array;
  return (tf.backend() as unknown as { typedArrayFromHeap(tensor: Tensor): Float32Array }).typedArrayFromHeap(tensor);
}
