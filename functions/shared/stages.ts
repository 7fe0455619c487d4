/** The stages as this process works them: one item at a time. */
import type { Stage, StagesModule } from "../../src/pipeline/stage.ts";
import module from "../../src/pipeline/stages/index.ts";

export async function openStages(): Promise<readonly Stage[]> {
  const open: StagesModule = module;
  return open({ workers: 1 });
}
