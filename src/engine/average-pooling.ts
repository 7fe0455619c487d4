import type * as core from "@tensorflow/tfjs-core";
import type { NamedAttrMap, NamedTensorMap, Tensor, Tensor4D } from "@tensorflow/tfjs-core";
import { backend_util } from "@tensorflow/tfjs-core";

interface PoolAttributes {
  filterSize: number | [number, number];
  strides: number | [number, number];
  pad: "valid" | "same" | number;
  dimRoundingMode?: "floor" | "round" | "ceil";
}

let corrected = false;

/**
 * Puts the gradient of average pooling right where windows reach over the border, once a process. An average there is of the
 * pixels inside only, on every backend, as in Keras; tfjs' own gradient divides by the whole window all the same. TensorFlow's
 * does not, and is left alone.
 */
export function correctAveragePooling(tf: typeof core): void {
  if (corrected) return;
  corrected = true;
  tf.unregisterGradient("AvgPool");
  tf.registerGradient({
    kernelName: "AvgPool",
    inputsToSave: ["x"],
    gradFunc: (dy, [x], attrs) => ({
      x: () => {
        const options = attrs as unknown as PoolAttributes;
        const scaled =
          tf.getBackend() === "tensorflow" ? (dy as Tensor) : scaleAtBorder(tf, dy as Tensor4D, x as Tensor4D, options);
        return tf
          .engine()
          .runKernel("AvgPoolGrad", { dy: scaled, input: x } as NamedTensorMap, attrs as NamedAttrMap) as Tensor;
      },
    }),
  });
}

/** dy times the window's pixels over those inside the image, [1, height', width', 1]. */
function scaleAtBorder(
  tf: typeof core,
  dy: Tensor4D,
  x: Tensor4D,
  { filterSize, strides, pad, dimRoundingMode }: PoolAttributes,
): Tensor {
  const info = backend_util.computePool2DInfo(x.shape, filterSize, strides, 1, pad, dimRoundingMode);
  const { outHeight, outWidth, filterHeight, filterWidth, padInfo } = info;
  const inside = (at: number, stride: number, before: number, window: number, size: number) => {
    const from = at * stride - before;
    return Math.min(size, from + window) - Math.max(0, from);
  };
  const scale = new Float32Array(outHeight * outWidth);
  for (let row = 0; row < outHeight; row++)
    for (let column = 0; column < outWidth; column++) {
      const rows = inside(row, info.strideHeight, padInfo.top, filterHeight, info.inHeight);
      const columns = inside(column, info.strideWidth, padInfo.left, filterWidth, info.inWidth);
      scale[row * outWidth + column] = (filterHeight * filterWidth) / (rows * columns);
    }
  if (scale.every((value) => value === 1)) return dy;
  return tf.mul(dy, tf.tensor(scale, [1, outHeight, outWidth, 1]));
}
