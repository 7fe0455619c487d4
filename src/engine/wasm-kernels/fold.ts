import type { backend_util, TensorInfo } from "@tensorflow/tfjs-core";
import { runKernel, transpose, viewAs, type WasmBackend } from "./heap.ts";

/** Values of the folded-up matrix made at a time, so that it stays near the processor's cache. */
const BLOCK = 1_500_000;

/**
 * The gradient of a convolution by its input, for strides above 1: the output's gradient [places, out] times the filter as
 * [out, filter height x filter width x in] gives what each place passes to its window, which is then added up (the transpose of
 * Chellapilla et al. 2006). It is also the forward pass of a transposed convolution.
 *
 * dy [images, height', width', out], filter [height, width, in, out] -> [images, height, width, in]
 */
export function foldedInputGradient(
  backend: WasmBackend,
  dy: TensorInfo,
  filter: TensorInfo,
  forward: backend_util.Conv2DInfo,
): TensorInfo {
  const { batchSize, inChannels, outChannels, outHeight, outWidth, filterHeight, filterWidth, inHeight, inWidth } =
    forward;
  const places = outHeight * outWidth;
  const columns = filterHeight * filterWidth * inChannels;
  const matrix = transpose(backend, viewAs(filter, [columns, outChannels]), [1, 0]);
  const result = backend.makeOutput([batchSize, inHeight, inWidth, inChannels], "float32");
  backend.typedArrayFromHeap(result).fill(0);
  const step = Math.max(1, Math.min(batchSize, Math.floor(BLOCK / (columns * places))));
  for (let from = 0; from < batchSize; from += step) {
    const images = Math.min(step, batchSize - from);
    const whole = images === batchSize;
    const begin = [from, 0, 0, 0];
    const size = [images, outHeight, outWidth, outChannels];
    const part = whole ? dy : runKernel(backend, "Slice", { x: dy }, { begin, size });
    const passed = runKernel(
      backend,
      "BatchMatMul",
      { a: viewAs(part, [1, images * places, outChannels]), b: viewAs(matrix, [1, outChannels, columns]) },
      { transposeA: false, transposeB: false },
    );
    if (!whole) backend.disposeData(part.dataId);
    fold(backend.typedArrayFromHeap(passed), backend.typedArrayFromHeap(result), forward, from, images);
    backend.disposeData(passed.dataId);
  }
  backend.disposeData(matrix.dataId);
  return result;
}

/** Adds `passed` [images, height', width', filter height, filter width, in] to the places of `out` [all images, height, width, in]. */
function fold(
  passed: Float32Array,
  out: Float32Array,
  forward: backend_util.Conv2DInfo,
  from: number,
  images: number,
): void {
  const { inChannels: channels, inHeight, inWidth, outHeight, outWidth, filterHeight, filterWidth } = forward;
  const { strideHeight, strideWidth, padInfo } = forward;
  let at = 0;
  for (let image = from; image < from + images; image++)
    for (let row = 0; row < outHeight; row++)
      for (let column = 0; column < outWidth; column++)
        for (let i = 0; i < filterHeight; i++) {
          const y = row * strideHeight - padInfo.top + i;
          if (y < 0 || y >= inHeight) {
            at += filterWidth * channels;
            continue;
          }
          const left = column * strideWidth - padInfo.left;
          // The part of the window's row that lies in the image is one run of values.
          const first = Math.min(filterWidth, Math.max(0, -left));
          const end = Math.max(first, Math.min(filterWidth, inWidth - left));
          const to = ((image * inHeight + y) * inWidth + left + first) * channels;
          const source = at + first * channels;
          const count = (end - first) * channels;
          for (let k = 0; k < count; k++) out[to + k] += passed[source + k];
          at += filterWidth * channels;
        }
}
