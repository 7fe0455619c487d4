/** What the infer stage wrote, gathered from the shards. */
import type { Inferred, Ingested } from "../../audit/observe.ts";
import { type Features, type Perturbed, type Predictions, rowWidth, type View } from "../../causes/view.ts";
import { type Variant, variantsFor } from "../../model/perturb.ts";
import type { Recipe } from "../../model/types.ts";
import { deriveSeed, random } from "../../random.ts";
import type { StageContext } from "../stage.ts";
import { collect, type Intake, joined, once, readFloats } from "./collected.ts";
import { keys } from "./keys.ts";

/** What the infer stage wrote of the audit set, shard after shard; nothing where it wrote nothing. */
async function collectFloats(
  context: StageContext,
  key: (run: string, shard: number) => string,
): Promise<{ rows: Int32Array; values: Float32Array } | undefined> {
  const { shards } = await collect(context);
  const rows: number[] = [];
  const blocks: Float32Array[] = [];
  for (const [shard, { first, places }] of shards.entries()) {
    if (places.length === 0 || !(await context.store.exists(key(context.run, shard)))) continue;
    blocks.push(await readFloats(context.store, key(context.run, shard)));
    for (const i of places.keys()) rows.push(first + i);
  }
  if (rows.length === 0) return undefined;
  return { rows: Int32Array.from(rows), values: joined(blocks) };
}

async function collectFeatures(context: StageContext): Promise<Features | undefined> {
  const found = await collectFloats(context, keys.features);
  return found && found.values.length > 0 ? { ...found, width: found.values.length / found.rows.length } : undefined;
}

/** What the infer stage saw of the images, once it has ended. */
export const collectInferred = (context: StageContext): Promise<Inferred> =>
  once(`${context.run}/inferred`, async () => ({
    features: await collectFeatures(context),
    perturbed: await collectPerturbed(context),
  }));

/** Test rows whose changed copies are predicted, at most. */
const PERTURBED = 500;

/** The test rows whose changed copies are predicted, by shard. */
export async function perturbedRows(context: StageContext): Promise<Int32Array[]> {
  const { data, shards } = await collect(context);
  const chosen = random(deriveSeed(data.seed, "perturbed"))
    .sample(data.test, PERTURBED)
    .sort((a, b) => a - b);
  return shards.map(({ first, places }) =>
    Int32Array.from(chosen.filter((row) => row >= first && row < first + places.length)),
  );
}

/** Class and confidence of each variant, `[rows, variants, 2]` a shard. */
async function collectPerturbed(context: StageContext): Promise<Perturbed | undefined> {
  const { intake } = await collect(context);
  if (intake.task) return undefined;
  const rows: number[] = [];
  const values: number[] = [];
  for (const [shard, chosen] of (await perturbedRows(context)).entries()) {
    if (chosen.length === 0 || !(await context.store.exists(keys.perturbed(context.run, shard)))) continue;
    values.push(...(await readFloats(context.store, keys.perturbed(context.run, shard))));
    rows.push(...chosen);
  }
  if (rows.length === 0) return undefined;
  return {
    rows: Int32Array.from(rows),
    variants: variantsOf(intake),
    predicted: Int32Array.from({ length: values.length / 2 }, (_, i) => values[2 * i]),
    confidence: Float32Array.from({ length: values.length / 2 }, (_, i) => values[2 * i + 1]),
  };
}

/** The changes that a subject's answers are tried under: of the images, and of a saved model's own input. */
export const variantsOf = ({ shape, subject }: Pick<Intake, "shape" | "subject">): Variant[] => [
  ...variantsFor(shape),
  ...(subject.kind === "model"
    ? inputsOf(shape.channels).map(({ id }): Variant => ({ id, kind: "input", amount: 0 }))
    : []),
];

/** Other ways in which a saved model may want its input. */
export const inputsOf = (channels: number): { id: string; input: Partial<Recipe["input"]> }[] => [
  ...(["0..1", "-1..1", "0..255"] as const).map((scale) => ({ id: `scale ${scale}`, input: { scale } })),
  ...(channels === 3 ? [{ id: "order bgr", input: { order: "bgr" as const } }] : []),
];

export const collectProbabilities = (context: StageContext): Promise<Predictions | undefined> =>
  collectFloats(context, keys.probabilities);

/** A view of a subject that cannot be retrained: a saved model, or predictions that are out of sample by their maker's word. */
export function givenView(
  data: Ingested,
  predictions: Predictions,
  outOfSample: boolean,
  wrongRates: (predictions: Predictions) => Float32Array,
): View {
  const tested = onRows(predictions, data.test, rowWidth(data));
  const train = onRows(predictions, data.train, rowWidth(data));
  return {
    ...data,
    recipe: undefined,
    tested: [tested],
    testErrors: wrongRates(tested),
    traces: [],
    ...(outOfSample ? { outOfFold: train } : { inSample: train }),
  };
}

function onRows({ rows, values }: Predictions, wanted: Int32Array, width: number): Predictions {
  const at = new Map(Array.from(rows, (row, i) => [row, i]));
  const picked = new Float32Array(wanted.length * width);
  wanted.forEach(
    (row, i) => void picked.set(values.subarray(at.get(row)! * width, (at.get(row)! + 1) * width), i * width),
  );
  return { rows: wanted, values: picked };
}
