import { openEngine } from "../../src/engine/open.ts";
import type { Engine } from "../../src/engine/types.ts";

/** The engine webgpu, or why there is none here: its packages, or a Vulkan driver, are missing. */
export async function tryWebgpu(): Promise<{ engine?: Engine; reason?: string }> {
  try {
    return { engine: await openEngine("webgpu") };
  } catch (error) {
    const reason = (error as Error).message;
    console.warn(`Skipped: ${reason}`);
    return { reason };
  }
}
