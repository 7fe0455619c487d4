import { z } from "zod";
import { InputError } from "../../errors.ts";
import type { AuditInput } from "./input.ts";

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

/** What errata.json says of a saved model's input. @throws InputError naming the field */
export function readModelInput(subject: AuditInput["subject"]): z.infer<typeof modelInput> {
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
