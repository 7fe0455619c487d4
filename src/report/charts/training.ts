import { html } from "../html.ts";
import type { ReportBundle } from "../schema.ts";
import { count, percent, range } from "../words.ts";
import { type Mark, marks, spanOf, valueAxis } from "./parts.ts";
import { type Chart, drawings, FONT, tone } from "./svg.ts";

type Curve = ReportBundle["curves"][number];
type Point = Curve["points"][number];

/** Loss and accuracy by epoch (of masks the share of right pixels), each seed of the baseline a line: training dashed, validation solid. */
export function trainingCharts(curves: Curve[], masks: boolean): Chart[] {
  const shown = curves.filter(({ name, points }) => name === curves[0].name && points.length > 0);
  if (shown.length === 0) return [];
  return [
    trainingChart(
      shown,
      "loss",
      "Loss by epoch",
      ({ loss }) => loss,
      ({ validationLoss }) => validationLoss,
    ),
    trainingChart(
      shown,
      "share",
      masks ? "Right pixels by epoch" : "Accuracy by epoch",
      ({ accuracy }) => accuracy,
      ({ validationAccuracy }) => validationAccuracy,
    ),
  ];
}

function trainingChart(
  curves: Curve[],
  what: "loss" | "share",
  title: string,
  train: (point: Point) => number,
  validation: (point: Point) => number | undefined,
): Chart {
  const id = `training-${what}`;
  const show = what === "share" ? (value: number) => percent(value) : (value: number) => value.toFixed(3);
  const series = (of: (point: Point) => number | undefined, color: "info" | "accent", dashed: boolean) =>
    curves.map(({ points }) => ({
      type: "line",
      silent: true,
      showSymbol: points.length === 1,
      symbol: "circle",
      data: points.flatMap((point) => (Number.isFinite(of(point)) ? [[point.epoch, of(point)]] : [])),
      lineStyle: { color: tone(color), width: 1.75, type: dashed ? [4, 4] : "solid", opacity: 0.8 },
      itemStyle: { color: tone(color) },
    }));
  const lastOf = (of: (point: Point) => number | undefined) => {
    const values = curves.flatMap(({ points }) => of(points[points.length - 1]) ?? []);
    return values.length > 0 ? show(values.reduce((sum, value) => sum + value, 0) / values.length) : undefined;
  };
  const ends = [
    `training ends at ${lastOf(train)}`,
    ...(lastOf(validation) ? [`validation at ${lastOf(validation)}`] : []),
  ].join(", ");
  return {
    id,
    title,
    says: `Each line is a seed of the baseline; on average ${ends}.`,
    legend: [
      { name: "training", tone: "info", mark: "dashed" },
      ...(lastOf(validation) ? [{ name: "validation", tone: "accent" as const, mark: "line" as const }] : []),
    ],
    drawings: drawings(
      id,
      `${title}, ${curves.length} seeds: ${ends}`,
      (format) => (format === "wide" ? 300 : 240),
      () => ({
        grid: { left: 48, right: 14, top: 10, bottom: 42 },
        xAxis: valueAxis("epoch", {
          nameGap: 26,
          min: "dataMin",
          max: "dataMax",
          minInterval: 1,
          splitLine: { show: false },
          axisLine: { show: true, lineStyle: { color: tone("line") } },
          axisLabel: { color: tone("muted"), fontSize: FONT, hideOverlap: true },
        }),
        yAxis: valueAxis(
          "",
          what === "share" ? { scale: true, max: 1 } : { min: 0, axisLabel: { color: tone("muted"), fontSize: FONT } },
        ),
        series: [...series(train, "info", true), ...series(validation, "accent", false)],
      }),
    ),
    table: html`<table><thead><tr><th scope="col">Seed</th><th scope="col">Epochs</th><th scope="col">Training, last</th><th scope="col">Validation, last</th></tr></thead><tbody>${curves.map(
      ({ seed, points }) => {
        const last = points[points.length - 1];
        const held = validation(last);
        return html`<tr><th scope="row">${seed}</th><td>${points.length}</td><td>${show(train(last))}</td><td>${held === undefined ? "none" : show(held)}</td></tr>`;
      },
    )}</tbody></table>`,
  };
}

/** Test error against the number of training images, and what the power law promises beyond. */
export function learningCurveChart(points: ReportBundle["learningCurve"]): Chart | undefined {
  if (points.length < 2) return undefined;
  const ordered = [...points].sort((a, b) => a.images - b.images);
  const list = ordered.map(
    ({ images, errorRate, predicted }): Mark => ({
      interval: errorRate,
      at: images,
      color: predicted ? "info" : "accent",
      ring: predicted,
    }),
  );
  const measured = ordered.filter(({ predicted }) => !predicted);
  const beyond = [...measured.slice(-1), ...ordered.filter(({ predicted }) => predicted)];
  const line = (from: typeof points, color: "accent" | "info", dashed: boolean) => ({
    type: "line",
    silent: true,
    showSymbol: false,
    data: from.map(({ images, errorRate }) => [images, errorRate.value]),
    lineStyle: { color: tone(color), width: 2, type: dashed ? [5, 5] : "solid" },
  });
  const title = "Test error against the number of training images";
  const sizes = new Set(ordered.map(({ images }) => images));
  return {
    id: "learning-curve",
    title,
    says: "Dots were measured by training on parts of the data; rings are extrapolated by a power law. Lines are 95 % intervals.",
    legend: [
      { name: "measured", tone: "accent", mark: "dot" },
      ...(beyond.length > 1 ? [{ name: "predicted", tone: "info" as const, mark: "ring" as const }] : []),
    ],
    drawings: drawings(
      "learning-curve",
      `${title}: ${ordered.map(({ images, errorRate, predicted }) => `${count(images)} images ${percent(errorRate.value)}${predicted ? " predicted" : ""}`).join(", ")}`,
      (format) => (format === "wide" ? 300 : 250),
      () => ({
        grid: { left: 52, right: 30, top: 10, bottom: 44 },
        xAxis: valueAxis("training images", {
          type: "log",
          logBase: 2,
          nameGap: 28,
          min: ordered[0].images,
          max: ordered[ordered.length - 1].images,
          splitLine: { show: false },
          axisLine: { show: true, lineStyle: { color: tone("line") } },
          axisTick: { show: true, customValues: [...sizes], lineStyle: { color: tone("muted") } },
          axisLabel: {
            color: tone("muted"),
            fontSize: FONT,
            customValues: [...sizes],
            formatter: (value: number) => count(Math.round(value)),
            hideOverlap: true,
          },
        }),
        yAxis: valueAxis("", spanOf(list)),
        series: [line(measured, "accent", false), line(beyond, "info", true), marks(list, "up")],
      }),
    ),
    table: html`<table><thead><tr><th scope="col">Training images</th><th scope="col">Error rate</th><th scope="col">95 %</th><th scope="col">How</th></tr></thead><tbody>${ordered.map(
      ({ images, errorRate, predicted }) =>
        html`<tr><th scope="row">${count(images)}</th><td>${percent(errorRate.value)}</td><td>${range(errorRate)}</td><td>${predicted ? "predicted" : "measured"}</td></tr>`,
    )}</tbody></table>`,
  };
}
