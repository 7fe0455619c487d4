import { setTimeout as sleep } from "node:timers/promises";
import { statusText } from "../src/platform/aws/status-text.ts";
import { type CloudStatus, cloudStatus } from "../src/platform/aws/watch.ts";
import { inTeam } from "./team.ts";

export interface StatusCommandOptions {
  team: string;
  watch?: boolean;
  json?: boolean;
}

const EVERY_SECONDS = 5;
const isOver = ({ kind }: CloudStatus) => kind === "finished" || kind === "failed";

/** `errata status`: where a run stands; with `--watch` until it is over. Exit code: 1 where the run failed, else 0. */
export async function runStatus(run: string, { team, watch, json }: StatusCommandOptions): Promise<number> {
  return inTeam(team, async (opened) => {
    for (let said = ""; ; await sleep(EVERY_SECONDS * 1000)) {
      const now = await cloudStatus(opened, run);
      const text = json ? JSON.stringify(now) : statusText(now, Date.now());
      if (text !== said) process.stdout.write(`${text}\n`);
      said = text;
      if (!watch || isOver(now)) return now.kind === "failed" ? 1 : 0;
    }
  });
}
