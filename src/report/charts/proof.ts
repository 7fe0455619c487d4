import { html, type Markup } from "../html.ts";
import type { Finding, Report, ReportBundle } from "../schema.ts";
import { armNames, percent, pointsRange, range, signedPoints, TITLES } from "../words.ts";
import { lineThrough, type Mark, marks, nameAxis, spanOf, valueAxis } from "./parts.ts";
import { type Chart, drawings, FONT, type Format, tone } from "./svg.ts";

const pointLabel = (value: number): string => String(Number((100 * value).toPrecision(3))).replace("-", "−");

const side = (format: Format, wide: number, narrow: number) => (format === "wide" ? wide : narrow);

/** Shares of the errors by cause, largest first, with what stays unexplained. */
export function sharesChart(report: Report): Chart | undefined {
  const shared = report.causes.flatMap(({ cause, share }) => (share ? [{ name: TITLES[cause], share }] : []));
  if (shared.length === 0) return undefined;
  const rows = [...shared, { name: "Unexplained", share: report.unexplained }];
  const list = rows.map(
    ({ share, name }, at): Mark => ({
      interval: share,
      at,
      color: name === "Unexplained" ? "muted" : "accent",
      ring: name === "Unexplained",
      label: percent(share.value, 0),
    }),
  );
  const title = "Share of the errors by cause";
  const { max, interval } = spanOf(list);
  return {
    id: "shares",
    title,
    says: "The bar is the figure, the thin line its 95 % interval.",
    legend: [],
    drawings: drawings(
      "shares",
      `${title}: ${rows.map(({ name, share }) => `${name} ${percent(share.value, 0)}`).join(", ")}`,
      () => 60 + 38 * rows.length,
      (format) => ({
        grid: { left: side(format, 150, 118), right: 52, top: 6, bottom: 34 },
        xAxis: valueAxis("", { min: 0, max: Math.min(1, max), interval }),
        yAxis: nameAxis(
          rows.map(({ name }) => name),
          side(format, 140, 108),
        ),
        series: [
          {
            type: "bar",
            silent: true,
            barWidth: 14,
            data: list.map(({ interval, color }) => ({
              value: interval.value,
              itemStyle: { color: tone(color), opacity: 0.28, borderRadius: 3 },
            })),
          },
          marks(list, "across"),
        ],
      }),
    ),
    table: html`<table><thead><tr><th scope="col">Cause</th><th scope="col">Share</th><th scope="col">95 %</th></tr></thead><tbody>${rows.map(
      ({ name, share }) =>
        html`<tr><th scope="row">${name}</th><td>${percent(share.value)}</td><td>${range(share)}</td></tr>`,
    )}</tbody></table>`,
  };
}

/** Error rates of the baseline, the changed one and the control of one experiment. */
export function experimentChart({ cause, experiment }: Finding): Chart | undefined {
  if (!experiment) return undefined;
  const names = armNames(experiment);
  const rows = [
    { name: names.baseline, interval: experiment.baseline, color: "muted" as const, ring: true },
    { name: names.changed, interval: experiment.changed, color: "fix" as const, ring: false },
    ...(experiment.controlled
      ? [{ name: "Control", interval: experiment.controlled, color: "warn" as const, ring: true }]
      : []),
  ];
  const list = rows.map(
    ({ interval, color, ring }, at): Mark => ({ interval, at, color, ring, label: percent(interval.value) }),
  );
  const id = `experiment-${cause}`;
  const title = `Error rate with and without the change: ${TITLES[cause]}`;
  const { max, interval } = spanOf(list);
  return {
    id,
    title,
    says: "Error rates with their 95 % intervals; lower is better.",
    legend: [],
    drawings: drawings(
      id,
      `${title}. ${rows.map(({ name, interval }) => `${name} ${percent(interval.value)}`).join(", ")}`,
      () => 46 + 34 * rows.length,
      (format) => ({
        grid: { left: 88, right: 62, top: 4, bottom: 30 },
        xAxis: valueAxis("", { min: 0, max, interval: side(format, 1, 2) * interval }),
        yAxis: nameAxis(
          rows.map(({ name }) => name),
          80,
        ),
        series: [marks(list, "across")],
      }),
    ),
    table: html`<table><thead><tr><th scope="col">Arm</th><th scope="col">Error rate</th><th scope="col">95 %</th></tr></thead><tbody>${rows.map(
      ({ name, interval }) =>
        html`<tr><th scope="row">${name}</th><td>${percent(interval.value)}</td><td>${range(interval)}</td></tr>`,
    )}</tbody></table>`,
  };
}

/** Every experiment's gain against its control's, and against what another seed alone changes. */
export function gainsChart(bundle: ReportBundle): Chart | undefined {
  const tested = bundle.report.causes.filter(({ experiment }) => experiment);
  if (tested.length === 0) return undefined;
  const churn = seedChurn(bundle);
  const rows = tested.map(({ cause, experiment }) => ({
    name: TITLES[cause],
    fix: experiment!.gain,
    control: controlGain(experiment!),
  }));
  const list: Mark[] = rows.flatMap(({ fix, control }, at) => [
    { interval: fix, at, color: "fix" as const, shift: control ? -7 : 0 },
    ...(control ? [{ interval: control, at, color: "warn" as const, ring: true, shift: 7 }] : []),
  ]);
  const names = rows.map(({ name }) => name);
  if (churn !== undefined) {
    list.push({
      interval: { value: 0, low: -churn / 2, high: churn / 2 },
      at: names.length,
      color: "muted",
      ring: true,
    });
    names.push("Another seed");
  }
  const title = "Errors removed by each change, against its control";
  const bounds = spanOf(list);
  return {
    id: "gains",
    title,
    says: `Right of zero, errors are removed; lines are 95 % intervals.${churn === undefined ? "" : ` Another seed alone mends ${percent(churn / 2)} of the test images and breaks as many: that is churn, and no gain.`}`,
    legend: [
      { name: "put right", tone: "fix", mark: "dot" },
      { name: "control", tone: "warn", mark: "ring" },
      ...(churn === undefined ? [] : [{ name: "churn, both ways", tone: "muted" as const, mark: "ring" as const }]),
    ],
    drawings: drawings(
      "gains",
      `${title}: ${rows.map(({ name, fix }) => `${name} ${signedPoints(fix.value)}`).join(", ")}`,
      () => 64 + 40 * names.length,
      (format) => ({
        grid: { left: side(format, 150, 118), right: 20, top: 6, bottom: 48 },
        xAxis: valueAxis("gain in the error rate, points", {
          ...bounds,
          nameGap: 28,
          axisLabel: { color: tone("muted"), fontSize: FONT, formatter: pointLabel, hideOverlap: true },
        }),
        yAxis: nameAxis(names, side(format, 140, 108)),
        series: [{ ...marks(list, "across"), markLine: lineThrough("xAxis", 0) }],
      }),
    ),
    table: gainsTable(rows),
  };
}

function gainsTable(
  rows: { name: string; fix: { value: number; low: number; high: number }; control?: { value: number } }[],
): Markup {
  return html`<table><thead><tr><th scope="col">Cause</th><th scope="col">Gain</th><th scope="col">95 %</th><th scope="col">Control</th></tr></thead><tbody>${rows.map(
    ({ name, fix, control }) =>
      html`<tr><th scope="row">${name}</th><td>${signedPoints(fix.value)}</td><td>${pointsRange(fix)}</td><td>${control ? signedPoints(control.value) : "other seeds"}</td></tr>`,
  )}</tbody></table>`;
}

function controlGain({ baseline, controlled }: NonNullable<Finding["experiment"]>) {
  if (!controlled) return undefined;
  const less = (value: number) => baseline.value - value;
  return { value: less(controlled.value), low: less(controlled.high), high: less(controlled.low) };
}

/** Share of test images on which two trainings that differ in nothing but the seed disagree: mean of 2 e (1 - e) S / (S - 1). */
export function seedChurn({ report, tables }: ReportBundle): number | undefined {
  const { seeds } = report.baseline;
  if (seeds < 2 || report.dataset.splits.test === 0) return undefined;
  const unsure = tables.errors
    .filter(({ split }) => split === "test")
    .reduce((sum, { errorRate }) => sum + 2 * errorRate * (1 - errorRate), 0);
  return (unsure / report.dataset.splits.test) * (seeds / (seeds - 1));
}
