/** What travels in a queue: which item of which round of which run. Never a payload. */
import * as z from "zod";
import { isId } from "./keys.ts";

const id = z.string().refine(isId);

export const Message = z.object({ run: id, stage: id, round: z.number().int().nonnegative(), item: id });
export type Message = z.infer<typeof Message>;

export function encodeMessage(message: Message): string {
  return JSON.stringify(message);
}

/** The message, or nothing where the body is not one of ours. */
export function decodeMessage(body: string): Message | undefined {
  try {
    return Message.safeParse(JSON.parse(body)).data;
  } catch {
    return undefined;
  }
}
