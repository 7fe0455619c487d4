import { describe, expect, it } from "vitest";
import { CAUSES } from "../../src/causes/types.ts";
import { readRecipe } from "../../src/model/recipe.ts";
import { random } from "../../src/random.ts";
import { rowsOf } from "./alter.ts";
import { ALL_BASES } from "./bases/index.ts";
import { drawDataset } from "./draw.ts";
import { ALL_FAULTS } from "./faults/index.ts";
import { MASK, maskText } from "./masks.ts";
import { casesOf, faultsOf, plant } from "./plan.ts";
import { type Base, type BaseId, type Pool, SETS } from "./types.ts";

const SHAPES = {
  mnist: [28, 1, 10],
  cifar10: [32, 3, 4],
  eth80: [32, 3, 8],
  tabletop: [32, 3, 2],
  masks: [24, 3, 3],
} as const;
/** Final scenes and pictures of masks are of another size; everything else of a pool is alike in both sets. */
const FINAL_SIDES: { [base in BaseId]?: number } = { tabletop: 28, masks: 28 };

/** A pool of the base's shape with random pixels: what is planted does not ask what the images show. */
function poolOf({ id, task }: Base, side: number): Pool {
  const [, channels, classes] = SHAPES[id];
  const chance = random(3);
  const masked = task === "segmentation";
  // No image is of the background; a square of the image's class stands for its object.
  const labels = Uint8Array.from({ length: 120 * classes }, (_, i) => (masked ? 1 + (i % (classes - 1)) : i % classes));
  const square = (label: number) =>
    maskText(Uint8Array.from({ length: side * side }, (_, i) => (i % side < 9 && i < 9 * side ? label : 0)));
  return {
    classes: Array.from({ length: classes }, (_, k) => `class ${k}`),
    shape: { height: side, width: side, channels },
    pixels: Uint8Array.from({ length: labels.length * side * side * channels }, () => chance.int(256)),
    labels,
    columns: masked ? { [MASK]: Array.from(labels, square) } : { azimuth: Array.from(labels, () => chance.int(360)) },
  };
}

describe.each(SETS)("the cases of set %s", (set) => {
  const bases = Object.values(ALL_BASES).filter(({ sets }) => sets.includes(set));
  const cases = casesOf(set, bases);
  const count = (...kinds: string[]) => cases.filter(({ kind }) => kinds.includes(kind)).length;

  it("are as many, and on as many bases, as the marks ask for", () => {
    expect(new Set(cases.map(({ id }) => id)).size).toBe(cases.length);
    expect(bases.length).toBeGreaterThanOrEqual(3);
    expect(count("fault")).toBeGreaterThanOrEqual(80);
    expect(count("clean", "decoy")).toBeGreaterThanOrEqual(60);
    expect(count("pair")).toBeGreaterThanOrEqual(10);
  });

  it("plant something that differs from the clean setting, in a recipe that can be built", () => {
    for (const base of bases) {
      const each = 120 * SHAPES[base.id][2];
      const sizes = { train: each / 2, test: each / 4, check: each / 4 };
      const side = (set === "final" ? FINAL_SIDES[base.id] : undefined) ?? SHAPES[base.id][0];
      const data = drawDataset(poolOf(base, side), sizes, 1);
      const clean = { data, recipe: base.recipe(set) };
      for (const planted of cases.filter((one) => one.base === base.id)) {
        const setting = plant(clean, planted);
        const changed =
          JSON.stringify(setting.recipe) !== JSON.stringify(clean.recipe) ||
          Buffer.compare(setting.data.pixels, data.pixels) !== 0 ||
          Buffer.compare(setting.data.labels, data.labels) !== 0 ||
          String(setting.data.columns[MASK]) !== String(data.columns[MASK]) ||
          Object.keys(setting.data.columns).length > Object.keys(data.columns).length;
        expect(changed, planted.id).toBe(planted.kind !== "clean");
        readRecipe(setting.recipe, {
          file: planted.id,
          classes: data.classes.length,
          imageShape: data.shape,
          task: base.task,
        });
        expect(rowsOf(setting.data, "check").length, planted.id).toBe(rowsOf(data, "check").length);
      }
    }
  });
});

it("the two sets share no seed, and no strength but counts too small to have others", () => {
  for (const { id, strengths, says, accepted, cause } of ALL_FAULTS) {
    expect(says.length, id).toBeGreaterThan(10);
    expect(accepted, id).not.toContain(cause);
    const several = strengths.tune.filter(
      (value) => typeof value === "number" && !(Number.isInteger(value) && value <= 3),
    );
    expect(
      several.filter((value) => strengths.final.includes(value)),
      id,
    ).toEqual([]);
  }
  const [tune, final] = SETS.map((set) => casesOf(set, Object.values(ALL_BASES)));
  const seeds = new Set(tune.map(({ seed }) => seed));
  expect(final.filter(({ seed }) => seeds.has(seed))).toEqual([]);
});

it("every cause is planted", () => {
  const planted = new Set(
    SETS.flatMap((set) => casesOf(set, Object.values(ALL_BASES)))
      .flatMap(faultsOf)
      .map(({ cause }) => cause),
  );
  expect(CAUSES.filter((cause) => !planted.has(cause))).toEqual([]);
});
