import { z } from "zod";

/** A figure and its 95 % interval. */
export const interval = z.object({ value: z.number(), low: z.number(), high: z.number() });
