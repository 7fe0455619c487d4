import { CustomChart } from "echarts/charts";
import { GridComponent, TitleComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import type { CustomSeriesRenderItemReturn } from "echarts/types/dist/echarts";
import { FONT } from "../../src/report/charts/svg.ts";
import type { Outcome } from "./outcome.ts";
import { confusion } from "./summary.ts";

use([CustomChart, GridComponent, TitleComponent, SVGRenderer]);

const CELL = 30;
const INK = "#1f2430";
const LEFT = 190;
const TOP = 200;
/** The title needs it. */
const LEAST_WIDTH = 480;

/** The confusion matrix of causes as a picture: planted down the side, first finding along the top. Rows are shaded by their share. */
export function matrixSvg(outcomes: Outcome[], title: string): string {
  const { planted, found, counts, right } = confusion(outcomes);
  const width = Math.max(LEAST_WIDTH, LEFT + CELL * found.length + 30);
  const height = TOP + CELL * planted.length + 20;
  const chart = init(null, null, { renderer: "svg", ssr: true, width, height });
  const names = (data: string[], more: object) => ({
    type: "category",
    data,
    axisTick: { show: false },
    axisLine: { lineStyle: { color: "#9aa1ad" } },
    axisLabel: { color: INK, fontSize: FONT, interval: 0, ...more },
  });
  chart.setOption({
    animation: false,
    backgroundColor: "#ffffff",
    title: {
      text: title,
      subtext: "down: planted   across: first finding   blue: planted or accepted",
      left: 8,
      top: 4,
      textStyle: { fontSize: FONT + 1, color: INK },
      subtextStyle: { fontSize: FONT - 1, color: "#5b6270" },
    },
    grid: { left: LEFT, top: TOP, width: CELL * found.length, height: CELL * planted.length },
    xAxis: { ...names(found, { rotate: 60 }), position: "top" },
    yAxis: { ...names(planted, {}), inverse: true },
    series: {
      type: "custom",
      data: counts.flatMap((row, y) => row.map((count, x) => [x, y, count])),
      renderItem(_: unknown, api: { value(i: number): number; coord(at: number[]): number[] }) {
        const [x, y, count] = [api.value(0), api.value(1), api.value(2)];
        const [left, top] = api.coord([x, y]);
        const share = count / counts[y].reduce((sum, each) => sum + each, 0);
        const children: object[] = [
          {
            type: "rect",
            shape: { x: left - CELL / 2, y: top - CELL / 2, width: CELL, height: CELL },
            style: { fill: count > 0 ? shade(share, 2 * right[y][x] >= count) : "#ffffff", stroke: "#e3e6ea" },
          },
        ];
        if (count > 0)
          children.push({
            type: "text",
            style: {
              text: String(count),
              x: left,
              y: top,
              fill: share > 0.55 ? "#ffffff" : INK,
              fontSize: FONT,
              align: "center",
              verticalAlign: "middle",
            },
          });
        return { type: "group", children } as CustomSeriesRenderItemReturn;
      },
    },
  });
  try {
    return `${chart.renderToSVGString()}\n`;
  } finally {
    chart.dispose();
  }
}

/** Blue where the finding is the planted cause or accepted, orange elsewhere; the more of the row, the darker. */
function shade(share: number, isRight: boolean): string {
  const [red, green, blue] = isRight ? [24, 90, 160] : [200, 85, 20];
  const mix = (value: number) => Math.round(255 - (255 - value) * (0.2 + 0.8 * share));
  return `rgb(${mix(red)},${mix(green)},${mix(blue)})`;
}
