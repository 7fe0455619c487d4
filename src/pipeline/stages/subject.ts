import { z } from "zod";
import type { PackRow } from "../../dataset/pack.ts";
import { readPredictions as readProbabilities } from "../../dataset/predictions.ts";
import type { ImageShape } from "../../dataset/types.ts";
import type { Engine } from "../../engine/types.ts";
import { InputError } from "../../errors.ts";
import { openModel } from "../../model/open-model.ts";
import type { Predictor } from "../../model/types.ts";
import type { StageContext } from "../stage.ts";
import { type Intake, readIntake } from "./collected.ts";
import { type AuditInput, inputOf } from "./input.ts";
import { openSource } from "./source.ts";

/** Subjects that are not trained here: a saved model, or predictions. */

const modelInput = z
  .object({
    size: z.tuple([z.number().int().positive(), z.number().int().positive()]).optional(),
    channels: z.union([z.literal(1), z.literal(3)]).optional(),
    scale: z
      .union([z.enum(["0..1", "-1..1", "0..255"]), z.object({ mean: z.array(z.number()), std: z.array(z.number()) })])
      .optional(),
    order: z.enum(["rgb", "bgr"]).optional(),
  })
  .strict();

function readModelInput({ subject }: AuditInput): z.infer<typeof modelInput> {
  if (subject.kind !== "model" || subject.input === undefined) return {};
  const read = modelInput.safeParse(subject.input);
  if (read.success) return read.data;
  throw new InputError({
    file: "errata.json",
    field: `subject.input.${read.error.issues[0].path.join(".")}`,
    problem: `${read.error.issues[0].message}.`,
    remedy: 'Write what the model wants, such as {"size": [224, 224], "scale": "0..1", "order": "rgb"}.',
  });
}

/** The shape that images are brought to for a saved model: what errata.json says, or their own. */
export function shapeOfSubject(input: AuditInput, natural: ImageShape): ImageShape {
  const { size, channels } = readModelInput(input);
  return {
    height: size?.[0] ?? natural.height,
    width: size?.[1] ?? natural.width,
    channels: channels ?? natural.channels,
  };
}

/** The saved model that is audited; `otherInput` in place of what errata.json says of its input. */
export function openSubject(
  context: StageContext,
  engine: Engine,
  { classes, shape }: Pick<Intake, "classes" | "shape">,
  otherInput: object = {},
): Promise<Predictor> {
  const input = inputOf(context);
  if (input.subject.kind !== "model") throw new Error("The subject is no saved model.");
  return openModel(engine, context.dataset(input.subject.location), input.subject.path, {
    classes: classes.length,
    imageShape: shape,
    input: { ...readModelInput(input), ...otherInput },
  });
}

let read: { run: string; values: Promise<Float32Array> } | undefined;

/** All predictions that were given, checked: [listed images, classes]. */
export function readGiven(context: StageContext): Promise<Float32Array> {
  const { subject } = inputOf(context);
  if (subject.kind !== "predictions") throw new Error("The subject is no predictions.");
  if (read?.run !== context.run) {
    const values = openSource(context).then(({ classes, samples }) =>
      readProbabilities(context.dataset(subject.location), subject.path, {
        classes,
        images: samples.map(({ file }) => file),
      }),
    );
    values.catch(() => {
      read = undefined;
    });
    read = { run: context.run, values };
  }
  return read.values;
}

/** The given probabilities of some usable rows. */
export async function givenProbabilities(context: StageContext, wanted: readonly PackRow[]): Promise<Float32Array> {
  const values = await readGiven(context);
  const classes = (await readIntake(context)).classes.length;
  const picked = new Float32Array(wanted.length * classes);
  wanted.forEach(
    ({ index }, i) => void picked.set(values.subarray(index * classes, (index + 1) * classes), i * classes),
  );
  return picked;
}
