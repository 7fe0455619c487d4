import { readFileSync } from "node:fs";
import { estimate } from "../src/platform/aws/estimate.ts";
import { type Cost, idleMonth } from "../src/platform/aws/idle.ts";
import { measureRates } from "../src/platform/aws/measure.ts";
import { readSettings } from "../src/platform/aws/team-settings.ts";

export interface EstimateCommandOptions {
  team: string;
  json?: boolean;
}

const SETTINGS = new URL("../cdk.json", import.meta.url);

/** `errata estimate`: what an audit of the dataset costs with the team's settings. Asks nothing of AWS. */
export async function runEstimate(path: string, { team, json }: EstimateCommandOptions): Promise<void> {
  const { context } = JSON.parse(readFileSync(SETTINGS, "utf8")) as { context: Record<string, unknown> };
  const settings = readSettings((key) => (key === "team" ? team : context[key]));
  process.stderr.write("Measuring with the first images and a few training steps...\n");
  const rates = await measureRates(path);
  const { costs, totalUsd, notes } = estimate(rates, settings);
  const idle = idleMonth();
  if (json) {
    process.stdout.write(`${JSON.stringify({ rates, costs, totalUsd, idle, notes })}\n`);
    return;
  }
  const idleUsd = idle.reduce((sum, { usd }) => sum + usd, 0);
  const parts = [
    `One audit of ${rates.images.toLocaleString("en")} images, effort ${rates.effort}:`,
    ...table(costs, totalUsd),
    "",
    "A month in which nobody audits:",
    ...table(idle, idleUsd),
    "",
    ...notes,
  ];
  process.stdout.write(`${parts.join("\n")}\n`);
}

function table(costs: Cost[], total: number): string[] {
  const rows = [...costs, { what: "together", amount: "", usd: total }];
  const width = (of: (cost: Cost) => string) => Math.max(...rows.map((row) => of(row).length));
  const [what, amount] = [width((row) => row.what), width((row) => row.amount)];
  return rows.map(
    (row) => `  ${row.what.padEnd(what)}  ${row.amount.padEnd(amount)}  ${row.usd.toFixed(2).padStart(8)} USD`,
  );
}
