/** A team's account as commands see it. */
import { makeClients } from "../src/platform/aws/clients.ts";
import { openFleet } from "../src/platform/aws/fleet.ts";
import { openAwsWith } from "../src/platform/aws/open.ts";
import { explainedAws, findTeam } from "../src/platform/aws/team.ts";
import type { WatchedTeam } from "../src/platform/aws/watch.ts";

export interface OpenedTeam extends WatchedTeam {
  s3: ReturnType<typeof makeClients>["s3"];
}

/** Runs `work` in the team's account; what AWS refuses is told in words. */
export async function inTeam<T>(name: string, work: (team: OpenedTeam) => Promise<T>): Promise<T> {
  const { settings, jobQueue } = await findTeam(name);
  const { s3 } = makeClients(settings.endpoint);
  const fleet = jobQueue ? openFleet({ jobQueue, jobDefinition: "" }) : undefined;
  try {
    return await work({ s3, ports: openAwsWith(settings), bucket: settings.bucket, fleet });
  } catch (error) {
    throw explainedAws(error);
  }
}
