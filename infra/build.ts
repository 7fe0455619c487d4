/** The app of one team: three stacks. */
import { readFileSync } from "node:fs";
import { App, type AppProps } from "aws-cdk-lib";
import { readSettings, type Settings } from "../src/platform/aws/team-settings.ts";
import { acknowledge } from "./acknowledgements.ts";
import { GpuStack } from "./gpu-stack.ts";
import { tagWithTeam } from "./tags.ts";
import { TeamStack } from "./team-stack.ts";
import { WatchStack } from "./watch-stack.ts";

export interface TeamApp {
  app: App;
  settings: Settings;
  team: TeamStack;
  gpu: GpuStack;
  watch: WatchStack;
}

/** `context` comes over that of cdk.json, as the command line's does. */
export function buildApp(context: Record<string, unknown> = {}, props: AppProps = {}): TeamApp {
  const file = JSON.parse(readFileSync(new URL("../cdk.json", import.meta.url), "utf8")) as { context: object };
  const app = new App({ ...props, context: { ...file.context, ...context } });
  const settings = readSettings((key) => app.node.tryGetContext(key));
  const name = `errata-${settings.team}`;
  const says = `Errata for team ${settings.team}`;
  const team = new TeamStack(app, name, { settings, description: `${says}: uploads to reports` });
  const gpu = new GpuStack(app, `${name}-gpu`, { team, description: `${says}: GPU workers` });
  const watch = new WatchStack(app, `${name}-watch`, { team, description: `${says}: dashboard, alarms, budget` });
  tagWithTeam(app, settings.team);
  acknowledge({ team, gpu });
  return { app, settings, team, gpu, watch };
}
