import { html } from "../html.ts";
import type { ClassificationBaseline } from "../schema.ts";
import { count, percent, range } from "../words.ts";
import { type Mark, marks, valueAxis } from "./parts.ts";
import { type Chart, drawings, FONT, type Format, tone } from "./svg.ts";

/** Points that are named in the chart; all of them are in its table. */
const NAMED = { wide: 10, narrow: 5 } as const;

/** Recall of each class against its number of training images. */
export function recallChart({ perClass }: ClassificationBaseline): Chart | undefined {
  const classes = perClass.filter(({ test }) => test > 0);
  if (classes.length === 0) return undefined;
  const worst = [...classes].sort((a, b) => a.recall.value - b.recall.value);
  const list = classes.map(
    ({ recall, train }): Mark => ({ interval: recall, at: Math.max(1, train), color: "accent" }),
  );
  const sizes = list.map(({ at }) => at);
  const [least, most] = [Math.min(...sizes), Math.max(...sizes)];
  const title = "Recall of each class against its training images";
  const named = (format: Format) => new Set(worst.slice(0, NAMED[format]).map(({ class: name }) => name));
  return {
    id: "recall",
    title,
    says: `Lowest: ${worst
      .slice(0, 3)
      .map(({ class: name, recall }) => `${name} ${percent(recall.value)}`)
      .join(", ")}. Lines are 95 % intervals.`,
    legend: [],
    drawings: drawings(
      "recall",
      `${title}. Lowest: ${worst
        .slice(0, 5)
        .map(({ class: name, recall }) => `${name} ${percent(recall.value)}`)
        .join(", ")}`,
      (format) => (format === "wide" ? 340 : 280),
      (format) => ({
        grid: { left: 52, right: 20, top: 14, bottom: 44 },
        xAxis: valueAxis("training images of the class", {
          type: "log",
          nameGap: 28,
          min: least / 1.35,
          max: most * 1.6,
          splitLine: { show: false },
          axisLine: { show: true, lineStyle: { color: tone("line") } },
          axisLabel: {
            color: tone("muted"),
            fontSize: FONT,
            hideOverlap: true,
            customValues: ticks(sizes),
            formatter: (value: number) => count(Math.round(value)),
          },
        }),
        yAxis: valueAxis("", { min: 0, max: 1 }),
        series: [
          marks(list, "up"),
          {
            type: "scatter",
            silent: true,
            symbolSize: 1,
            itemStyle: { color: tone("accent"), opacity: 1 },
            z: 6,
            labelLayout: { hideOverlap: true, moveOverlap: "shiftY" },
            label: {
              show: true,
              position: "right",
              distance: 9,
              color: tone("ink"),
              fontSize: FONT,
              width: 110,
              overflow: "truncate",
              formatter: ({ name }: { name: string }) => name,
            },
            data: classes
              .filter(({ class: name }) => named(format).has(name))
              .map(({ class: name, train, recall }) => ({ name, value: [Math.max(1, train), recall.value] })),
          },
        ],
      }),
    ),
    table: html`<table><thead><tr><th scope="col">Class</th><th scope="col">Training</th><th scope="col">Test</th><th scope="col">Recall</th><th scope="col">95 %</th><th scope="col">Precision</th></tr></thead><tbody>${worst.map(
      ({ class: name, train, test, recall, precision }) =>
        html`<tr><th scope="row"><bdi>${name}</bdi></th><td>${count(train)}</td><td>${count(test)}</td><td>${percent(recall.value)}</td><td>${range(recall)}</td><td>${percent(precision.value)}</td></tr>`,
    )}</tbody></table>`,
  };
}

/** The sizes where they are few, otherwise round numbers within their range. */
function ticks(sizes: number[]): number[] {
  const distinct = [...new Set(sizes)];
  if (distinct.length <= 3) return distinct;
  const [least, most] = [Math.min(...sizes), Math.max(...sizes)];
  const round = [1, 2, 5].flatMap((first) => Array.from({ length: 8 }, (_, power) => first * 10 ** power));
  const within = round.filter((value) => value >= least / 1.35 && value <= most * 1.6).sort((a, b) => a - b);
  return within.length >= 2 ? within : [least, most];
}
