import { z } from "zod";
import { EFFORTS, type EffortName } from "../../audit/effort.ts";
import { MASK_FORMATS } from "../../dataset/masks/types.ts";
import { TASKS } from "../../dataset/types.ts";
import { ENGINES } from "../../engine/types.ts";
import type { StageContext } from "../stage.ts";

/** What a run is started with: the checked audit request, and where its parts lie. */
const inputSchema = z.object({
  name: z.string(),
  /** Where the dataset lies, as the platform names it; `path` is within it. */
  location: z.string(),
  /** Classification where nothing is said. */
  task: z.enum(TASKS).optional(),
  data: z.object({
    path: z.string(),
    format: z.string().optional(),
    split: z.unknown().optional(),
    group: z.string().optional(),
    classes: z.array(z.string()).optional(),
    limit: z.number().int().optional(),
    masks: z
      .object({
        path: z.string().optional(),
        format: z.enum(MASK_FORMATS).optional(),
        classes: z.array(z.string()).optional(),
        colours: z.record(z.string(), z.string()).optional(),
        tiles: z.number().int().optional(),
      })
      .optional(),
  }),
  subject: z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("default") }),
    z.object({ kind: z.literal("recipe"), file: z.string(), recipe: z.unknown() }),
    z.object({ kind: z.literal("model"), location: z.string(), path: z.string(), input: z.unknown().optional() }),
    z.object({ kind: z.literal("predictions"), location: z.string(), path: z.string() }),
  ]),
  effort: z.enum(Object.keys(EFFORTS) as [EffortName, ...EffortName[]]),
  seed: z.number().int(),
  engine: z.enum(["auto", ...ENGINES]),
  /**
   * The engine that trains, where that is another machine than the one that takes the request in: a GPU worker. It goes into
   * the report and the digest of results. Everything else runs on `engine`.
   */
  trainedBy: z.object({ name: z.enum(ENGINES), version: z.string() }).optional(),
  /** Minutes after which the report is made of what there is. */
  deadlineMinutes: z.number().int().positive().optional(),
  /** Milliseconds since the epoch: for the time that the run took. */
  startedAt: z.number(),
});
export type AuditInput = z.infer<typeof inputSchema>;

export const inputOf = (context: StageContext): AuditInput => inputSchema.parse(context.request);
