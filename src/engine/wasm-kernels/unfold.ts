import type { backend_util, TensorInfo } from "@tensorflow/tfjs-core";
import { runKernel, transpose, viewAs, type WasmBackend } from "./heap.ts";

/** Values of the unfolded matrix made at a time, so that it stays near the processor's cache. */
const BLOCK = 1_500_000;

/**
 * The gradient of a convolution by its filter as one matrix product (Chellapilla et al. 2006): the image unfolded to
 * [filter height x filter width x in, places] times the output's gradient [places, out], some images at a time.
 */
export function unfoldedFilterGradient(
  backend: WasmBackend,
  x: TensorInfo,
  dy: TensorInfo,
  forward: backend_util.Conv2DInfo,
): TensorInfo {
  const { batchSize, inChannels, outChannels, outHeight, outWidth, filterHeight, filterWidth } = forward;
  const places = outHeight * outWidth;
  const rows = filterHeight * filterWidth * inChannels;
  const planes = inChannels === 1 ? x : transpose(backend, x, [3, 0, 1, 2]);
  const step = Math.max(1, Math.min(batchSize, Math.floor(BLOCK / (rows * places))));
  let sum: TensorInfo | undefined;
  for (let from = 0; from < batchSize; from += step) {
    const images = Math.min(step, batchSize - from);
    const unfolded = backend.makeOutput([1, rows, images * places], "float32");
    unfold(backend.typedArrayFromHeap(planes), backend.typedArrayFromHeap(unfolded), forward, from, images);
    const whole = images === batchSize;
    const begin = [from, 0, 0, 0];
    const size = [images, outHeight, outWidth, outChannels];
    const part = whole ? dy : runKernel(backend, "Slice", { x: dy }, { begin, size });
    const product = runKernel(
      backend,
      "BatchMatMul",
      { a: unfolded, b: viewAs(part, [1, images * places, outChannels]) },
      { transposeA: false, transposeB: false },
    );
    backend.disposeData(unfolded.dataId);
    if (!whole) backend.disposeData(part.dataId);
    if (!sum) sum = product;
    else {
      const both = runKernel(backend, "Add", { a: sum, b: product }, {});
      backend.disposeData(sum.dataId);
      backend.disposeData(product.dataId);
      sum = both;
    }
  }
  if (planes !== x) backend.disposeData(planes.dataId);
  return viewAs(sum!, forward.filterShape);
}

/** `planes` [in, all images, height, width] -> `out` [filter height, filter width, in, images, height', width']. */
function unfold(
  planes: Float32Array,
  out: Float32Array,
  forward: backend_util.Conv2DInfo,
  from: number,
  images: number,
): void {
  const { batchSize, inChannels, inHeight, inWidth, outHeight, outWidth, strideHeight, strideWidth } = forward;
  const { top, left } = forward.padInfo;
  let at = 0;
  for (let i = 0; i < forward.filterHeight; i++)
    for (let j = 0; j < forward.filterWidth; j++) {
      const first = Math.min(outWidth, Math.max(0, Math.ceil((left - j) / strideWidth)));
      const end = Math.max(first, Math.min(outWidth, Math.floor((inWidth - 1 + left - j) / strideWidth) + 1));
      for (let channel = 0; channel < inChannels; channel++)
        for (let image = from; image < from + images; image++) {
          const plane = (channel * batchSize + image) * inHeight;
          for (let row = 0; row < outHeight; row++, at += outWidth) {
            const y = row * strideHeight - top + i;
            if (y < 0 || y >= inHeight) {
              out.fill(0, at, at + outWidth);
              continue;
            }
            let source = (plane + y) * inWidth + first * strideWidth - left + j;
            for (let column = 0; column < first; column++) out[at + column] = 0;
            for (let column = first; column < end; column++, source += strideWidth) out[at + column] = planes[source];
            for (let column = end; column < outWidth; column++) out[at + column] = 0;
          }
        }
    }
}
