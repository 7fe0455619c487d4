import type { Chart } from "../charts.ts";
import { html, type Markup, NOTHING, trusted } from "../html.ts";

/** A chart with how to read it and its numbers as a table. */
export function figure(chart: Chart | undefined, options: { heading?: 3 | 4; small?: boolean } = {}): Markup {
  if (!chart) return NOTHING;
  const { id, title, says, legend, drawings, table } = chart;
  const heading = options.heading
    ? trusted(`<h${options.heading}>${html`${title}`.text}</h${options.heading}>`)
    : NOTHING;
  return html`<figure class="chart ${options.small ? "small" : ""}" id="${id}">${heading}${
    legend.length > 0 &&
    html`<ul class="legend">${legend.map(({ name, tone, mark }) => html`<li>${swatch(tone, mark)}${name}</li>`)}</ul>`
  }<div class="drawing">${drawings}</div><figcaption>${says}</figcaption><details class="numbers"><summary>Numbers<span class="hidden"> of “${title}”</span></summary>${scrollable(table, title)}</details></figure>`;
}

/** Wide tables scroll within themselves, by keyboard too. */
export const scrollable = (table: Markup, label: string): Markup =>
  html`<div class="scroll" tabindex="0" role="region" aria-label="Table: ${label}">${table}</div>`;

const SWATCHES: Record<Chart["legend"][number]["mark"], string> = {
  line: '<path d="M1 6h20"/>',
  dashed: '<path d="M1 6h20" stroke-dasharray="4 3"/>',
  dot: '<circle class="full" cx="11" cy="6" r="4.5"/>',
  ring: '<circle cx="11" cy="6" r="4.5"/>',
};

const swatch = (tone: string, mark: Chart["legend"][number]["mark"]): Markup =>
  trusted(
    `<svg class="swatch tone-${tone}" viewBox="0 0 22 12" width="22" height="12" aria-hidden="true">${SWATCHES[mark]}</svg>`,
  );
