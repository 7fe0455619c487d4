import { BarChart, CustomChart, LineChart, ScatterChart } from "echarts/charts";
import { GridComponent, MarkLineComponent } from "echarts/components";
import { type EChartsCoreOption, init, use } from "echarts/core";
import { LabelLayout } from "echarts/features";
import { SVGRenderer } from "echarts/renderers";
import { escapeHtml, html, type Markup, trusted } from "../html.ts";

use([BarChart, CustomChart, LineChart, ScatterChart, GridComponent, MarkLineComponent, LabelLayout, SVGRenderer]);

/** A figure of the page: drawn once for wide places and once for phones, with its numbers as a table. */
export interface Chart {
  id: string;
  title: string;
  /** How to read it. */
  says: string;
  legend: { name: string; tone: Tone; mark: "line" | "dashed" | "dot" | "ring" }[];
  drawings: Markup;
  table: Markup;
}

/** Colours as the page's custom properties, so that one drawing serves light and dark. */
export type Tone = "ink" | "muted" | "line" | "surface" | "accent" | "fix" | "info" | "warn";

/** Stand-ins that the charting library takes for colours; they become `var(--…)` afterwards. */
const STAND_INS: Record<Tone, string> = {
  ink: "#0101a0",
  muted: "#0101a1",
  line: "#0101a2",
  surface: "#0101a3",
  accent: "#0101a4",
  fix: "#0101a5",
  info: "#0101a6",
  warn: "#0101a7",
};
export const tone = (name: Tone): string => STAND_INS[name];

/** Widths in pixels at which a chart is drawn; the page shows the one that fits. */
const WIDTHS = { wide: 490, narrow: 320 } as const;
export type Format = keyof typeof WIDTHS;

export const FONT = 13;

/** Draws an option at both widths. `height` in pixels, by format where it differs. */
export function drawings(
  id: string,
  label: string,
  height: (format: Format) => number,
  option: (format: Format) => EChartsCoreOption,
): Markup {
  return html`${(Object.keys(WIDTHS) as Format[]).map((format) => draw(`${id}-${format}`, label, format, height(format), option(format)))}`;
}

function draw(id: string, label: string, format: Format, height: number, option: EChartsCoreOption): Markup {
  const width = WIDTHS[format];
  const chart = init(null, null, { renderer: "svg", ssr: true, width, height });
  try {
    chart.setOption({ animation: false, textStyle: { fontSize: FONT }, ...option });
    const body = cleaned(chart.renderToSVGString(), id);
    return trusted(
      `<svg class="${format}" role="img" aria-labelledby="${id}-title" viewBox="0 0 ${width} ${height}" xmlns="http://www.w3.org/2000/svg"><title id="${id}-title">${escapeHtml(label)}</title>${body}</svg>`,
    );
  } finally {
    chart.dispose();
  }
}

/** Takes out what the page's content policy forbids (styles) or what differs from one drawing to the next (ids by counter). */
function cleaned(svg: string, id: string): string {
  return svg
    .replace(/^\s*<svg[^>]*>|<\/svg>\s*$/g, "")
    .replace(/<style[\s\S]*?<\/style>/g, "")
    .replace(/<rect [^>]*fill="none"[^>]*><\/rect>\n?/, "")
    .replace(/ (class|pointer-events|ecmeta_\w+)="[^"]*"/g, "")
    .replace(/ style="([^"]*)"/g, (_, style: string) => asAttributes(style))
    .replace(/ fill="#000"(?: fill-opacity="[^"]*")?/g, ' fill="none"')
    .replace(/zr\d+-/g, `${id}-`)
    .replace(/#0101a([0-7])/g, (_, digit: string) => `var(--${TONES[Number(digit)]})`)
    .replace(/\n+/g, "");
}

const TONES = Object.keys(STAND_INS) as Tone[];

/** Sizes and weights stay as attributes; the page decides on the font. */
function asAttributes(style: string): string {
  return style
    .split(";")
    .map((rule) => rule.split(":"))
    .filter(([name]) => name === "font-size" || name === "font-weight")
    .map(([name, value]) => ` ${name}="${value}"`)
    .join("");
}
