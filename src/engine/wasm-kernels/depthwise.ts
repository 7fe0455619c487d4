import { backend_util, type TensorInfo } from "@tensorflow/tfjs-core";

export interface DepthwiseAttributes {
  strides: [number, number] | number;
  dilations: [number, number] | number;
  pad: "valid" | "same" | number;
  dimRoundingMode?: "floor" | "round" | "ceil";
}

type Shape4D = [number, number, number, number];

/**
 * Visits every pair of an input position and an output position that one cell of a depthwise filter joins.
 *
 * @param visit called with the offsets of channel 0 in the input, in the filter and in the output
 * @returns input channels and the channel multiplier
 */
export function walkDepthwise(
  inputShape: number[],
  filterShape: number[],
  { strides, dilations, pad, dimRoundingMode }: DepthwiseAttributes,
  visit: (input: number, filter: number, output: number, channels: number, multiplier: number) => void,
): void {
  const info = backend_util.computeConv2DInfo(
    inputShape as Shape4D,
    filterShape as Shape4D,
    strides,
    dilations ?? 1,
    pad,
    dimRoundingMode,
    true,
  );
  const { inHeight, inWidth, inChannels: channels, outHeight, outWidth, outChannels } = info;
  const multiplier = outChannels / channels;
  for (let image = 0; image < info.batchSize; image++)
    for (let row = 0; row < outHeight; row++)
      for (let column = 0; column < outWidth; column++) {
        const output = ((image * outHeight + row) * outWidth + column) * outChannels;
        for (let i = 0; i < info.filterHeight; i++) {
          const y = row * info.strideHeight - info.padInfo.top + i * info.dilationHeight;
          if (y < 0 || y >= inHeight) continue;
          for (let j = 0; j < info.filterWidth; j++) {
            const x = column * info.strideWidth - info.padInfo.left + j * info.dilationWidth;
            if (x < 0 || x >= inWidth) continue;
            const input = ((image * inHeight + y) * inWidth + x) * channels;
            visit(input, (i * info.filterWidth + j) * outChannels, output, channels, multiplier);
          }
        }
      }
}

export type DepthwiseInputs = { x: TensorInfo; dy: TensorInfo; filter: TensorInfo };
