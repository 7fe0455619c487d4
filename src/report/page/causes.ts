import { gainsChart, sharesChart } from "../charts.ts";
import { html, NOTHING } from "../html.ts";
import { ofVerdict } from "../words.ts";
import { causeCard, causeLine, verdictKey } from "./cause.ts";
import type { PageContext, Section } from "./context.ts";
import { figure } from "./figure.ts";
import { afterFix } from "./masks.ts";

/** Causes to act on, ranked; then those that were tested or screened and left behind. */
export function causeSections(context: PageContext): Section[] {
  const { bundle } = context;
  const { report } = bundle;
  const open = ofVerdict(report, "confirmed", "present", "suspected");
  const closed = ofVerdict(report, "refuted", "cleared", "not-applicable");
  const confirmed = ofVerdict(report, "confirmed")[0];
  const charts = [sharesChart(report), gainsChart(bundle)].filter((chart) => chart !== undefined);
  return [
    {
      id: "causes",
      title: "Why it errs",
      short: "Causes",
      body: html`${verdictKey(open)}${
        open.length === 0
          ? html`<p>No cause is confirmed, present or suspected: what was looked for was not found.</p>`
          : open.map((finding, i) =>
              causeCard(finding, i + 1, context, finding === confirmed ? afterFix(report, context) : NOTHING),
            )
      }${charts.length > 0 ? html`<h3>The proof at a glance</h3><div class="pair">${charts.map((chart) => figure(chart, { heading: 4 }))}</div>` : NOTHING}`,
    },
    {
      id: "cleared",
      title: "What it is not",
      short: "Cleared",
      body:
        closed.length === 0
          ? NOTHING
          : html`<p class="intro">These were tested or screened, and are not why the model errs here.</p><div class="lines">${closed.map(causeLine)}</div>`,
    },
  ];
}
