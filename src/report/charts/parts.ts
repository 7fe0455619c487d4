import type { CustomSeriesOption, CustomSeriesRenderItemReturn } from "echarts/types/dist/echarts";
import type { Interval } from "../../causes/types.ts";
import { FONT, type Tone, tone } from "./svg.ts";

/** Parts that charts share: axes, and intervals drawn as bars with the figure as a dot. */

export const percentLabel = (value: number): string => `${Number((100 * value).toPrecision(3))}\u00a0%`;

/** A value axis with a grid and no line of its own. */
export const valueAxis = (name: string, more: Record<string, unknown> = {}) => ({
  type: "value",
  name,
  nameLocation: "middle",
  nameTextStyle: { color: tone("muted"), fontSize: FONT },
  axisLine: { show: false },
  axisTick: { show: false },
  axisLabel: { color: tone("muted"), fontSize: FONT, formatter: percentLabel, hideOverlap: true },
  splitLine: { lineStyle: { color: tone("line") } },
  ...more,
});

/** Names down the side, the first on top. */
export const nameAxis = (names: string[], width: number) => ({
  type: "category",
  data: names,
  inverse: true,
  axisLine: { lineStyle: { color: tone("line") } },
  axisTick: { show: false },
  axisLabel: { color: tone("ink"), fontSize: FONT, width, overflow: "truncate", interval: 0 },
});

export const lineThrough = (axis: "xAxis" | "yAxis", at: number) => ({
  silent: true,
  symbol: "none",
  label: { show: false },
  lineStyle: { color: tone("muted"), type: "dashed", width: 1 },
  data: [{ [axis]: at }],
});

export interface Mark {
  interval: Interval;
  /** Place on the other axis: an index of names, or a number. */
  at: number;
  color: Tone;
  /** A ring where the figure serves for comparison or is a prediction. */
  ring?: boolean;
  /** Pixels beside its place, where two marks share one. */
  shift?: number;
  label?: string;
}

/** More marks than that are drawn smaller. */
const CROWD = 30;

/** Dots with their intervals, along x (`across`) or y (`up`). */
export function marks(list: Mark[], direction: "across" | "up"): CustomSeriesOption {
  return {
    type: "custom",
    silent: true,
    clip: false,
    z: 5,
    data: list.map(({ interval, at }) => (direction === "across" ? [interval.value, at] : [at, interval.value])),
    renderItem(parameters, api) {
      const { interval, at, color, ring, shift = 0, label } = list[parameters.dataIndex];
      const place = (value: number) => api.coord(direction === "across" ? [value, at] : [at, value]);
      const [a, b, middle] = [place(interval.low), place(interval.high), place(interval.value)];
      for (const point of [a, b, middle]) point[direction === "across" ? 1 : 0] += shift;
      const stroke = tone(color);
      const [x, y] = middle;
      const children: object[] = [
        {
          type: "line",
          shape: { x1: a[0], y1: a[1], x2: b[0], y2: b[1] },
          style: { stroke, fill: "none", lineWidth: 2, opacity: 0.55 },
        },
        {
          type: "circle",
          shape: { cx: x, cy: y, r: list.length > CROWD ? 3.5 : 5 },
          style: { fill: ring ? tone("surface") : stroke, stroke, lineWidth: 2 },
        },
      ];
      if (label)
        children.push({
          type: "text",
          style: {
            text: label,
            x: Math.max(a[0], b[0]) + 8,
            y,
            fill: tone("ink"),
            fontSize: FONT,
            verticalAlign: "middle",
          },
        });
      return { type: "group", children } as CustomSeriesRenderItemReturn;
    },
  };
}

/** Bounds of an axis that holds all intervals, with some air. */
export function spanOf(list: Mark[], least = { low: 0, high: 0 }): { min: number; max: number; interval: number } {
  const low = Math.min(least.low, ...list.map(({ interval }) => interval.low));
  const high = Math.max(least.high, ...list.map(({ interval }) => interval.high));
  const step = niceStep((high - low || 0.1) / 4);
  return { min: Math.floor(low / step + 1e-9) * step, max: Math.ceil(high / step - 1e-9) * step, interval: step };
}

function niceStep(raw: number): number {
  const power = 10 ** Math.floor(Math.log10(raw));
  return power * (raw / power > 5 ? 10 : raw / power > 2 ? 5 : raw / power > 1 ? 2 : 1);
}
