import { classMask, drawScene } from "../../../examples/scenes/draw.ts";
import type { Scene } from "../../../examples/scenes/types.ts";
import { SCENE_CLASSES } from "../../../examples/segmentation/scenes.ts";
import { CLASSES, chooseView, tabletopScene } from "../../../examples/tabletop/views.ts";
import type { LayerSpec } from "../../../src/model/types.ts";
import { deriveSeed, random } from "../../../src/random.ts";
import { MASK, maskText } from "../masks.ts";
import type { Base, Pool, RecipeFile, SetName } from "../types.ts";

/** Side in pixels; how far the camera steps back, and how far its middle lies from the object, as shares of what the tabletop's views have. */
const SCENES = {
  tune: { side: 16, back: 1.1, aside: 0.35 },
  final: { side: 20, back: 1.15, aside: 0.4 },
} as const;
const COUNT = 1100;

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

/** Scene number `i`: as in examples/segmentation, but seen from the front and from nearer, so that a small network learns it. */
function sceneOf(set: SetName, i: number): Scene {
  const { side, back, aside } = SCENES[set];
  const seed = deriveSeed(11, "planted masks", set, i);
  const view = chooseView(random(deriveSeed(seed, "view")), CLASSES[i % CLASSES.length], "front");
  const scene = tabletopScene(view, side, seed, false);
  const place = random(deriveSeed(seed, "place"));
  const { target, distance, fieldOfView } = scene.camera;
  const reach = aside * distance * Math.tan((fieldOfView / 360) * Math.PI);
  const shift = () => (2 * place.float() - 1) * reach;
  const middle = [target[0] + shift(), target[1] + shift() / 2, target[2] + shift()] as const;
  return { ...scene, camera: { ...scene.camera, distance: back * distance, target: middle } };
}

/**
 * The project's own scenes with their exact masks: mugs and plates somewhere in the image, after the article's third example. An
 * image's label is the object that it was drawn for; it decides nothing but how a case's images are drawn.
 */
export const masks: Base = {
  id: "masks",
  task: "segmentation",
  sizes: { train: 300, test: 240, check: 300 },
  sets: ["tune", "final"],
  edition: 1,
  suits: [
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
    const { side } = SCENES[set];
    const pixels = new Uint8Array(COUNT * side * side * 3);
    const drawn: string[] = [];
    for (let i = 0; i < COUNT; i++) {
      const drawing = drawScene(sceneOf(set, i));
      pixels.set(drawing.pixels, i * side * side * 3);
      drawn.push(maskText(classMask(drawing, (name) => Math.max(0, SCENE_CLASSES.indexOf(name)))));
    }
    return {
      classes: SCENE_CLASSES,
      shape: { height: side, width: side, channels: 3 },
      pixels,
      labels: Uint8Array.from({ length: COUNT }, (_, i) => 1 + (i % CLASSES.length)),
      columns: { [MASK]: drawn },
    };
  },
  recipe: (set) => (set === "tune" ? recipe([8, 16, 32], 25, 0.006) : recipe([8, 20, 32], 24, 0.007)),
};
