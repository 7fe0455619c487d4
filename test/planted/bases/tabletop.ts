import { CLASSES, chooseView, drawView } from "../../../examples/tabletop/views.ts";
import { deriveSeed, random } from "../../../src/random.ts";
import type { Base, Pool, RecipeFile } from "../types.ts";

const SIDE = { tune: 24, final: 22 } as const;
const COUNT = 6200;

const recipe = (side: number, epochs: number): RecipeFile => ({
  architecture: [
    { conv2d: { filters: 8, kernelSize: 3, activation: "relu" } },
    { maxPooling2d: { poolSize: 2 } },
    { conv2d: { filters: 16, kernelSize: 3, activation: "relu" } },
    { maxPooling2d: { poolSize: 2 } },
    { flatten: {} },
    { dropout: { rate: 0.3 } },
    { dense: { units: 2 * side, activation: "relu" } },
    { dropout: { rate: 0.2 } },
    { dense: { units: "classes", activation: "softmax" } },
  ],
  compile: { optimizer: { name: "adam", learningRate: 0.004 }, loss: "sparseCategoricalCrossentropy" },
  fit: { epochs, batchSize: 64 },
});

/** The project's own scenes: mugs and plates seen from all around, drawn by examples/scenes. */
export const tabletop: Base = {
  id: "tabletop",
  sizes: { train: 1400, test: 2400, check: 2200 },
  sets: ["tune", "final"],
  edition: 4,
  async pool(set): Promise<Pool> {
    const side = SIDE[set];
    const size = side * side * 3;
    const pixels = new Uint8Array(COUNT * size);
    const columns: Pool["columns"] = { azimuth: [], elevation: [], light: [] };
    for (let i = 0; i < COUNT; i++) {
      const seed = deriveSeed(11, "planted tabletop", set, i);
      const view = chooseView(random(deriveSeed(seed, "view")), CLASSES[i % CLASSES.length], "all");
      const { scene, drawing } = drawView(view, side, seed);
      pixels.set(drawing.pixels, i * size);
      columns.azimuth.push(view.azimuth);
      columns.elevation.push(view.elevation);
      columns.light.push(Number(scene.light.intensity.toFixed(3)));
    }
    return {
      classes: [...CLASSES],
      shape: { height: side, width: side, channels: 3 },
      pixels,
      labels: Uint8Array.from({ length: COUNT }, (_, i) => i % CLASSES.length),
      columns,
    };
  },
  recipe: (set) => recipe(SIDE[set], set === "tune" ? 18 : 24),
};
