import { z } from "zod";
import { InputError, PermanentError } from "../errors.ts";
import { type Report, reportSchema } from "./schema.ts";

const SCHEMA = reportSchema.shape.schema.value;

/** Reads report.json. What it is not is said with the field at fault. */
export function parseReport(text: string, file: string): Report {
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch (cause) {
    const problem = text.trim() === "" ? "It is empty." : `It is not JSON: ${(cause as Error).message}.`;
    throw new InputError({ file, problem, remedy: "Give the report.json that an audit wrote, unchanged.", cause });
  }
  const named = given !== null && typeof given === "object" && "schema" in given ? given.schema : undefined;
  if (named !== SCHEMA) {
    const problem =
      typeof named === "string" && named.startsWith("errata/report@")
        ? `It is a report of another version: ${named}, where ${SCHEMA} is read.`
        : "It is no Errata report: its schema is not named.";
    throw new InputError({
      file,
      field: "schema",
      problem,
      remedy: "Give a report.json that this version of Errata wrote, or audit the dataset again.",
    });
  }
  const parsed = reportSchema.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new InputError({
    file,
    field: fieldOf(parsed.error),
    problem: `It is damaged: ${parsed.error.issues[0].message}.`,
    remedy: "Give the report.json that an audit wrote, unchanged.",
    cause: parsed.error,
  });
}

/** report.json's text: fields in the schema's order, so that the same report gives the same bytes. */
export function reportText(report: Report): string {
  const parsed = reportSchema.safeParse(report);
  if (!parsed.success)
    throw new PermanentError(
      `The report breaks its own schema at ${fieldOf(parsed.error)}: ${parsed.error.issues[0].message}.`,
      { cause: parsed.error },
    );
  return `${JSON.stringify(parsed.data, orderFreeFields, 2)}\n`;
}

/** Recipes and changes have no schema here: their keys are sorted. */
function orderFreeFields(key: string, value: unknown): unknown {
  return key === "recipe" || key === "change" ? sorted(value) : value;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}

const fieldOf = (error: z.ZodError): string => z.core.toDotPath(error.issues[0].path) || "the top level";
