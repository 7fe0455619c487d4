import { z } from "zod";
import { InputError } from "../errors.ts";
import { suggestion } from "./names.ts";

const fraction = z.number({ error: "It is a fraction: a number from 0 to 1." }).min(0).max(1);
const degrees = z.number({ error: "It is an angle in degrees." }).min(0);

export const augmentationSchema = z.strictObject({
  rotation: degrees.max(180).optional(),
  shift: fraction.optional(),
  zoom: fraction.lt(1).optional(),
  shear: degrees.lt(90).optional(),
  horizontalFlip: z.boolean().optional(),
  verticalFlip: z.boolean().optional(),
  brightness: fraction.optional(),
  contrast: fraction.optional(),
  hue: fraction.optional(),
  erase: fraction.lt(1).optional(),
});

export const fitSchema = z.strictObject({
  epochs: z.int().positive().default(10),
  batchSize: z.int().positive().default(32),
  classWeight: z.union([z.literal("balanced"), z.array(z.number().min(0))]).optional(),
  augmentation: augmentationSchema.optional(),
  earlyStopping: z.strictObject({ patience: z.int().min(0).default(3) }).optional(),
  dropRemainder: z.boolean().optional(),
});

const numbers = z.union([z.number().transform((one) => [one]), z.array(z.number()).min(1).max(3)]);
const deviations = z.union([
  z
    .number()
    .positive()
    .transform((one) => [one]),
  z.array(z.number().positive()).min(1).max(3),
]);

export const inputSchema = z.strictObject({
  size: z.tuple([z.int().positive(), z.int().positive()]).optional(),
  channels: z.union([z.literal(1), z.literal(3)], { error: "It is 1 (grey) or 3 (colour)." }).optional(),
  scale: z
    .union([z.enum(["0..1", "-1..1", "0..255"]), z.strictObject({ mean: numbers, std: deviations })], {
      error: 'It is "0..1", "-1..1", "0..255" or {"mean": [...], "std": [...]}.',
    })
    .optional(),
  order: z.enum(["rgb", "bgr"]).optional(),
  mask: z.array(z.tuple([fraction, fraction, fraction, fraction])).optional(),
  equalize: z.boolean().optional(),
});

const share = z.number().min(0).lt(1);

/** Options of optimizers. Which of them an optimizer takes is checked with its name. */
export const optimizerSchema = z.strictObject({
  learningRate: z.number().positive().optional(),
  momentum: share.optional(),
  nesterov: z.boolean().optional(),
  beta1: share.optional(),
  beta2: share.optional(),
  rho: share.optional(),
  epsilon: z.number().positive().optional(),
  centered: z.boolean().optional(),
  weightDecay: z.number().min(0).optional(),
  initialAccumulatorValue: z.number().min(0).optional(),
  clipValue: z.number().positive().optional(),
  clipNorm: z.number().positive().optional(),
});

/**
 * The value as the schema gives it.
 *
 * @param field where the value stands in the file
 * @throws InputError naming the field of the first problem and what to write instead
 */
export function parse<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  file: string,
  field: string,
): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const { issues } = result.error;
  const issue = issues.find(({ code }) => code === "unrecognized_keys") ?? issues[0];
  if (issue.code === "unrecognized_keys") {
    const known = schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
    const place = join(field, [...issue.path, issue.keys[0]]);
    const remedy = issue.path.length === 0 ? suggestion(issue.keys[0], known) : "Take it out.";
    throw new InputError({ file, field: place, problem: "There is no such field.", remedy });
  }
  const found = issue.path.reduce<unknown>((part, key) => (part as Record<PropertyKey, unknown>)?.[key], value);
  throw new InputError({
    file,
    field: join(field, issue.path),
    problem: found === undefined ? "It is missing." : `${JSON.stringify(found)} cannot be used.`,
    remedy: remedyOf(issue),
  });
}

const join = (field: string, path: PropertyKey[]): string =>
  path.reduce<string>(
    (at, key) => (typeof key === "number" ? `${at}[${key}]` : at ? `${at}.${String(key)}` : String(key)),
    field,
  );

function remedyOf(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "invalid_value":
      return `Use ${issue.values.map((value) => JSON.stringify(value)).join(", ")}.`;
    case "too_small":
      return `Give a value ${issue.inclusive ? "of at least" : "above"} ${issue.minimum}.`;
    case "too_big":
      return `Give a value ${issue.inclusive ? "of at most" : "below"} ${issue.maximum}.`;
    case "invalid_type":
      return issue.message.startsWith("It is") ? issue.message : `Give ${TYPES[issue.expected] ?? issue.expected}.`;
    case "invalid_union":
      return issue.message.startsWith("It is") ? issue.message : "Give a positive whole number, or two of them.";
    default:
      return `${issue.message}.`;
  }
}

const TYPES: Record<string, string> = {
  int: "a whole number",
  number: "a number",
  boolean: "true or false",
  string: "a text",
  array: "a list",
  object: "an object",
  tuple: "a list of two numbers",
};
