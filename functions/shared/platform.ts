/** The ports of the place that the function runs in, with the run's end told where the team looks for it. */
import type { Ports } from "../../src/pipeline/ports.ts";
import { openAws } from "../../src/platform/aws/open.ts";
import { announcing } from "./announce.ts";
import { readEnvironment } from "./environment.ts";

const LOCAL = "local:";

export async function openPlatform(env: NodeJS.ProcessEnv = process.env): Promise<Ports> {
  const { platform } = readEnvironment(env);
  return announcing(platform.startsWith(LOCAL) ? await openHere(platform.slice(LOCAL.length)) : openAws(env));
}

/** For `npm run invoke` and tests: a folder takes the place of bucket, queues and table. All runs share one queue. */
async function openHere(folder: string): Promise<Ports> {
  const { openLocal } = await import("../../src/platform/local/open.ts");
  const ports = openLocal({ folder, run: "queues", maxReceives: 5 });
  const { openFiles } = await import("../../src/platform/local/files.ts");
  return { ...ports, dataset: (location) => openFiles(`${folder}/objects/${location}`) };
}
