import type { Stage } from "../stage.ts";
import { experiment } from "./experiment.ts";
import { infer } from "./infer.ts";
import { ingest } from "./ingest.ts";
import { intake } from "./intake.ts";
import { report } from "./report.ts";
import { screen } from "./screen.ts";
import { train } from "./train.ts";

/** What every place runs, laptop or cloud: a stage exists once. */
export default function stages(): Stage[] {
  return [intake, ingest, train, infer, screen, experiment, report];
}
