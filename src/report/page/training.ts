import { learningCurveChart, trainingCharts } from "../charts.ts";
import { html, type Markup, NOTHING } from "../html.ts";
import type { ReportBundle } from "../schema.ts";
import { count, percent, range } from "../words.ts";
import type { Section } from "./context.ts";
import { figure } from "./figure.ts";

/** How the baseline learned, and what more images would buy. */
export function trainingSection({ report, curves, learningCurve }: ReportBundle): Section {
  const charts = trainingCharts(curves, report.dataset.task === "segmentation");
  const promise = learningCurveChart(learningCurve);
  return {
    id: "training",
    title: "Training",
    short: "Training",
    body:
      charts.length === 0 && !promise
        ? NOTHING
        : html`<div class="pair">${charts.map((chart) => figure(chart, { heading: 3 }))}</div>${promise && html`<div class="pair">${figure(promise, { heading: 3 })}${outlook(learningCurve, report.dataset.splits.train)}</div>`}`,
  };
}

/** What the extrapolated points promise, in figures. */
function outlook(points: ReportBundle["learningCurve"], given: number): Markup {
  const promised = points.filter(({ predicted }) => predicted).sort((a, b) => a.images - b.images);
  const now = points.filter(({ predicted }) => !predicted).sort((a, b) => b.images - a.images)[0];
  if (promised.length === 0 || !now) return NOTHING;
  return html`<div><h3>What more images would buy</h3><dl class="results outlook">${[now, ...promised].map(
    ({ images, errorRate, predicted }) =>
      html`<div><dt>${count(images)} training images${!predicted && images === given && ", as now"}</dt><dd>${percent(errorRate.value)} wrong <span>${predicted ? "predicted, " : ""}95 %: ${range(errorRate)}</span></dd></div>`,
  )}</dl><p class="aside">A prediction holds only for more images of the same kind, labelled as well as these.${now.images !== given && " The curve was measured with the confirmed causes of the data put right."}</p></div>`;
}
