/** Conditional writes to DynamoDB. */
import { nameOf } from "./clients.ts";

/** Attribute names as expressions want them: many English words are reserved there. */
export function namesOf(...names: string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [`#${name}`, name]));
}

/** Whether a conditional write was made; false where its condition did not hold. */
export async function happened(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (nameOf(error) === "ConditionalCheckFailedException") return false;
    throw error;
  }
}
