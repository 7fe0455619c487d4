import type { LayerSpec } from "../../../src/model/types.ts";
import { imagesOf } from "../archive.ts";
import type { Base, Pool, RecipeFile } from "../types.ts";

/** Classes that a small network tells apart well from some hundred images each; the two sets share none. */
const CLASSES = { tune: ["airplane", "automobile", "frog", "horse"], final: ["ship", "truck", "deer", "bird"] };
const EACH = 1700;
const SIDE = 20;

const recipe = (filters: number[], units: number, epochs: number, learningRate: number): RecipeFile => ({
  architecture: [
    ...filters.flatMap((count): LayerSpec[] => [
      { conv2d: { filters: count, kernelSize: 3, padding: "same", activation: "relu" } },
      { maxPooling2d: { poolSize: 2 } },
    ]),
    { flatten: {} },
    { dropout: { rate: 0.5 } },
    { dense: { units, activation: "relu" } },
    { dropout: { rate: 0.25 } },
    { dense: { units: "classes", activation: "softmax" } },
  ],
  compile: { optimizer: { name: "adam", learningRate }, loss: "sparseCategoricalCrossentropy" },
  fit: { epochs, batchSize: 64 },
});

/** Photographs of things and animals, 20 x 20 in colour, four classes of CIFAR-10. */
export const cifar10: Base = {
  id: "cifar10",
  needs: "cifar10/cifar-10-images-jpg.tar.gz",
  sizes: { train: 1600, test: 2400, check: 2400 },
  sets: ["tune", "final"],
  edition: 3,
  async pool(set): Promise<Pool> {
    const classes = CLASSES[set];
    const wanted = new RegExp(`^train/(${classes.join("|")})/(\\d+)\\.jpg$`);
    const images = await imagesOf(
      "cifar10/cifar-10-images-jpg.tar.gz",
      (name) => Number(wanted.exec(name)?.[2] ?? EACH) < EACH,
      SIDE,
    );
    return {
      classes,
      shape: { height: SIDE, width: SIDE, channels: 3 },
      pixels: Buffer.concat(images.map(({ pixels }) => pixels)),
      labels: Uint8Array.from(images, ({ name }) => classes.indexOf(wanted.exec(name)![1])),
      columns: {},
    };
  },
  recipe: (set) => (set === "tune" ? recipe([12, 24], 48, 20, 0.003) : recipe([10, 28], 64, 26, 0.003)),
};
