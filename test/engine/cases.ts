import * as tf from "@tensorflow/tfjs-core";
import type { GradientCase } from "./gradients.ts";

const IMAGES = [
  [2, 9, 8, 3],
  [3, 7, 7, 1],
  [1, 6, 11, 4],
];

type Pad = "same" | "valid" | 1;
const floor = (pad: Pad) => (pad === 1 ? ("floor" as const) : undefined);

/** Convolutions and pooling of every usual kernel, stride and padding. */
export function* windows(): Generator<GradientCase> {
  for (const shape of IMAGES)
    for (const kernel of [1, 2, 3, 5])
      for (const stride of [1, 2, 3])
        for (const pad of ["same", "valid", 1] as Pad[]) {
          if (pad === 1 && kernel === 1) continue;
          const name = `kernel ${kernel}, stride ${stride}, ${pad}, image ${shape}`;
          const channels = shape[3];
          yield {
            name: `conv2d ${name}`,
            shapes: [shape, [kernel, kernel, channels, 5]],
            run: (x, filter) => tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, stride, pad, "NHWC", 1, floor(pad)),
          };
          if (pad !== 1)
            yield {
              name: `depthwise ${name}`,
              shapes: [shape, [kernel, kernel, channels, 2]],
              run: (x, filter) => tf.depthwiseConv2d(x as tf.Tensor4D, filter as tf.Tensor4D, stride, pad),
            };
          if (pad === 1 && kernel === 1) continue;
          yield {
            name: `max pool ${name}`,
            shapes: [shape],
            run: (x) => tf.maxPool(x as tf.Tensor4D, kernel, stride, pad, floor(pad)),
          };
          yield {
            name: `average pool ${name}`,
            shapes: [shape],
            run: (x) => tf.avgPool(x as tf.Tensor4D, kernel, stride, pad, floor(pad)),
          };
        }
}

/** Everything else that layers use. */
export function* others(): Generator<GradientCase> {
  for (const [transposeA, transposeB] of [
    [false, false],
    [true, false],
    [false, true],
    [true, true],
  ])
    for (const batch of [[], [1], [3]])
      yield {
        name: `matrix product of ${batch}, transposed ${transposeA} ${transposeB}`,
        shapes: [
          [...batch, ...(transposeA ? [5, 4] : [4, 5])],
          [...batch, ...(transposeB ? [6, 5] : [5, 6])],
        ],
        run: (a, b) => tf.matMul(a, b, transposeA, transposeB),
      };
  for (const stride of [1, 2])
    for (const pad of ["same", "valid"] as const) {
      const size = pad === "same" ? 5 * stride : (5 - 1) * stride + 3;
      yield {
        name: `transposed convolution, stride ${stride}, ${pad}`,
        shapes: [
          [2, 5, 5, 3],
          [3, 3, 4, 3],
        ],
        run: (x, filter) =>
          tf.conv2dTranspose(x as tf.Tensor4D, filter as tf.Tensor4D, [2, size, size, 4], stride, pad),
      };
    }
  for (const [kernel, stride] of [
    [2, 2],
    [4, 2],
    [5, 3],
    [1, 2],
  ])
    yield {
      name: `transposed convolution, kernel ${kernel}, stride ${stride}, several blocks`,
      shapes: [
        [3, 48, 40, 5],
        [kernel, kernel, 3, 5],
      ],
      run: (x, filter) =>
        tf.conv2dTranspose(x as tf.Tensor4D, filter as tf.Tensor4D, [3, 48 * stride, 40 * stride, 3], stride, "same"),
    };
  for (const [kernel, stride] of [
    [1, 2],
    [1, 3],
    [2, 3],
  ])
    yield {
      name: `convolution, kernel ${kernel}, stride ${stride}, several images`,
      shapes: [
        [3, 96, 80, 3],
        [kernel, kernel, 3, 5],
      ],
      run: (x, filter) => tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, stride, "same"),
    };
  yield {
    name: "joined channels",
    shapes: [
      [2, 5, 4, 3],
      [2, 5, 4, 7],
    ],
    run: (a, b) => tf.concat([a, b], -1),
  };
  const image = [2, 6, 6, 3];
  yield { name: "leaky relu", shapes: [image], run: (x) => tf.leakyRelu(x, 0.3) };
  yield { name: "relu", shapes: [image], run: tf.relu };
  yield { name: "relu6", shapes: [image], run: tf.relu6 };
  yield { name: "elu", shapes: [image], run: tf.elu };
  yield { name: "selu", shapes: [image], run: tf.selu };
  yield { name: "softplus", shapes: [image], run: tf.softplus };
  yield { name: "sigmoid", shapes: [image], run: tf.sigmoid };
  yield { name: "tanh", shapes: [image], run: tf.tanh };
  yield { name: "softmax", shapes: [[4, 7]], run: (x) => tf.softmax(x) };
  yield { name: "prelu", shapes: [image, [6, 6, 3]], run: (x, alpha) => tf.prelu(x, alpha) };
  yield { name: "global mean", shapes: [image], run: (x) => tf.mean(x, [1, 2]) };
  yield { name: "global max", shapes: [image], run: (x) => tf.max(x, [1, 2]) };
  // One image: the reference backend mixes up the images of a batch here, wasm does not (next test).
  yield {
    name: "up-sampling",
    shapes: [[1, 6, 6, 3]],
    run: (x) => tf.image.resizeNearestNeighbor(x as tf.Tensor4D, [12, 12]),
  };
  yield { name: "bilinear", shapes: [image], run: (x) => tf.image.resizeBilinear(x as tf.Tensor4D, [12, 12]) };
  yield {
    name: "padding",
    shapes: [image],
    run: (x) =>
      tf.pad(x, [
        [0, 0],
        [1, 2],
        [2, 1],
        [0, 0],
      ]),
  };
  yield { name: "bias", shapes: [image, [3]], run: (x, bias) => tf.add(x, bias) };
  yield { name: "bias of a large image", shapes: [[2, 30, 31, 5], [5]], run: (x, bias) => tf.add(x, bias) };
  yield {
    name: "max pool of odd sides",
    shapes: [[2, 9, 7, 3]],
    run: (x) => tf.maxPool(x as tf.Tensor4D, 2, 2, "valid"),
  };
  yield {
    name: "convolution that is unfolded in blocks",
    shapes: [
      [6, 130, 130, 3],
      [5, 5, 3, 2],
    ],
    run: (x, filter) => tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 2, "same"),
  };
}
