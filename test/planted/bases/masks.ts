import type { LayerSpec } from "../../../src/model/types.ts";
import { deriveSeed, random } from "../../../src/random.ts";
import { maskedImages, photosOf } from "../../support/masked-data.ts";
import { placeAnywhere } from "../../support/place-anywhere.ts";
import { MASK, maskText } from "../masks.ts";
import type { Base, Pool, RecipeFile } from "../types.ts";

/**
 * Kinds of objects, the side of a picture in pixels, and the side of the photograph that is placed in it, as a part of the
 * picture's: what lies and what stands on legs fills less of its photograph.
 */
const PICTURES = {
  tune: { kinds: ["cup", "apple"], side: 24, size: { least: 0.45, most: 0.7 } },
  final: { kinds: ["car", "cow"], side: 28, size: { least: 0.5, most: 0.8 } },
} as const;
/** Side to which photographs are brought first, pixels. */
const PHOTO = 48;
/** Pictures of each kind: twenty from each of 41 viewpoints. */
const EACH = 20 * 41;

const convolution = (filters: number, more: object = {}): LayerSpec => ({
  conv2d: { filters, kernelSize: 3, padding: "same", activation: "relu", ...more },
});

/** A small encoder-decoder: two levels down, and up again past what each level saw. */
const recipe = ([first, second, third]: number[], epochs: number, learningRate: number): RecipeFile => ({
  architecture: [
    convolution(first, { name: "fine" }),
    { maxPooling2d: { poolSize: 2 } },
    convolution(second, { name: "coarse" }),
    { maxPooling2d: { poolSize: 2 } },
    convolution(third),
    { upSampling2d: { size: [2, 2] } },
    { concatenate: { with: "coarse" } },
    convolution(second),
    { upSampling2d: { size: [2, 2] } },
    { concatenate: { with: "fine" } },
    convolution(first),
    { conv2d: { filters: "classes", kernelSize: 1, activation: "softmax" } },
  ],
  compile: { optimizer: { name: "adam", learningRate }, loss: "sparseCategoricalCrossentropy" },
  fit: { epochs, batchSize: 8 },
});

/**
 * Photographed objects with their masks (ETH-80), one a picture and anywhere in it, so that only a network that keeps the layout
 * finds them all. An image's label is its object's kind; it decides nothing but how a case's images are drawn.
 *
 * Pictures of one photograph are a group, not those of one object: most kinds have one object only, and the ten cups are too few
 * to divide: divided by cup, test and check error of one network were as far apart as 6 and 36 %, and no promise made of the one
 * could be held against the other.
 */
export const masks: Base = {
  id: "masks",
  needs: "eth80",
  task: "segmentation",
  sizes: { train: 400, test: 400, check: 400 },
  sets: ["tune", "final"],
  edition: 3,
  suits: [
    "activation-sigmoid",
    "insufficient-data",
    "leakage",
    "learning-rate-high",
    "learning-rate-low",
    "loss-mismatch",
    "too-few-epochs",
    "mild-augmentation",
    "other-activation",
    "other-optimizer",
    "repeated-within-training",
  ],
  async pool(set): Promise<Pool> {
    const { kinds, side, size } = PICTURES[set];
    const pictures: { pixels: Uint8Array; mask: string; label: number; group: number }[] = [];
    for (const [k, kind] of kinds.entries()) {
      const photos = await maskedImages(
        await photosOf(kind),
        { height: PHOTO, width: PHOTO, channels: 3 },
        { format: "instances" },
      );
      for (let i = 0; i < EACH; i++) {
        const photo = i % photos.files.length;
        const chance = random(deriveSeed(80, "planted masks", kind, i));
        const { pixels, mask } = placeAnywhere(photos, photo, side, size, chance);
        const label = k + 1;
        pictures.push({ pixels, mask: maskText(mask.map((is) => is * label)), label, group: k * EACH + photo });
      }
    }
    return {
      classes: ["background", ...kinds],
      shape: { height: side, width: side, channels: 3 },
      pixels: Buffer.concat(pictures.map(({ pixels }) => pixels)),
      labels: Uint8Array.from(pictures, ({ label }) => label),
      columns: { [MASK]: pictures.map(({ mask }) => mask) },
      groups: pictures.map(({ group }) => group),
    };
  },
  recipe: (set) => (set === "tune" ? recipe([8, 16, 16], 14, 0.008) : recipe([8, 12, 16], 14, 0.008)),
};
