import { augmenter } from "../../../src/model/augment.ts";
import { deriveSeed } from "../../../src/random.ts";
import { imagesOf } from "../archive.ts";
import type { Base, Pool, RecipeFile } from "../types.ts";

const SIDE = 24;
/** Pictures made from one photograph by moving, zooming and lighting it a little; they stay together as a group. */
const EACH = 12;
const JITTER = { shift: 0.12, zoom: 0.18, rotation: 12, brightness: 0.12, contrast: 0.25 };
/** `<class><object>-<elevation>-<azimuth>.png`, angles in degrees. */
const PHOTO = /([a-z]+)(\d+)-(\d+)-(\d+)\.png$/;
const isPhoto = (name: string): boolean => PHOTO.test(name) && !name.includes("maps");

const RECIPE: RecipeFile = {
  architecture: [
    { conv2d: { filters: 16, kernelSize: 3, activation: "relu" } },
    { maxPooling2d: { poolSize: 2 } },
    { conv2d: { filters: 32, kernelSize: 3, activation: "relu" } },
    { maxPooling2d: { poolSize: 2 } },
    { flatten: {} },
    { dropout: { rate: 0.3 } },
    { dense: { units: 96, activation: "relu" } },
    { dropout: { rate: 0.25 } },
    { dense: { units: "classes", activation: "softmax" } },
  ],
  compile: { optimizer: { name: "adam", learningRate: 0.004 }, loss: "sparseCategoricalCrossentropy" },
  fit: { epochs: 18, batchSize: 64 },
};

/** Eight objects photographed from 41 sides (ETH-80), each photograph varied a little. */
export const eth80: Base = {
  id: "eth80",
  needs: "eth80/eth80-others-instance1.tar.gz",
  sizes: { train: 1500, test: 1200, check: 1100 },
  sets: ["final"],
  edition: 2,
  async pool(): Promise<Pool> {
    const photos = [
      ...(await imagesOf("eth80/eth80-others-instance1.tar.gz", isPhoto, SIDE)),
      ...(await imagesOf(
        "eth80/eth80-cups-all10.tar.gz",
        (name) => isPhoto(name) && PHOTO.exec(name)![2] === "1",
        SIDE,
      )),
    ];
    const told = photos.map(({ name }) => PHOTO.exec(name)!);
    const classes = [...new Set(told.map(([, label]) => label))].sort();
    const shape = { height: SIDE, width: SIDE, channels: 3 } as const;
    const size = SIDE * SIDE * 3;
    const pixels = new Uint8Array(photos.length * EACH * size);
    const augment = augmenter(JITTER, shape);
    const out = new Float32Array(size);
    photos.forEach((photo, k) => {
      for (let n = 0; n < EACH; n++) {
        augment(photo.pixels, 0, deriveSeed(80, "jitter", k, n), out);
        pixels.set(
          Uint8Array.from(out, (value) => Math.round(value)),
          (k * EACH + n) * size,
        );
      }
    });
    const rows = Array.from({ length: photos.length * EACH }, (_, i) => Math.floor(i / EACH));
    return {
      classes,
      shape,
      pixels,
      labels: Uint8Array.from(rows, (k) => classes.indexOf(told[k][1])),
      columns: { elevation: rows.map((k) => Number(told[k][3])), azimuth: rows.map((k) => Number(told[k][4])) },
      groups: rows,
    };
  },
  recipe: () => structuredClone(RECIPE),
};
