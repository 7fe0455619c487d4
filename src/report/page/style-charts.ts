/** Charts, tables and the confusion matrix. */
const shades = (name: string, color: string): string => {
  const parts = [5, 12, 22, 34, 88, 100];
  return parts
    .map((part, i) => {
      const text = part >= 50 ? "color: var(--surface);" : "";
      return `.matrix .${name}-${i + 1} { background: color-mix(in srgb, var(--${color}) ${part}%, var(--surface)); ${text} }`;
    })
    .join("\n");
};

const tones = ["ink", "muted", "line", "accent", "fix", "info", "warn"]
  .map((tone) => `.tone-${tone} { color: var(--${tone}); }`)
  .join("\n");

export const CHARTS_STYLE = `
.drawing { container-type: inline-size; }
.drawing svg { width: 100%; height: auto; display: block; font-family: var(--sans); }
.drawing svg.wide { display: none; }
@container (min-width: 25rem) { .drawing svg.wide { display: block; } .drawing svg.narrow { display: none; } }
.drawing { max-width: 36rem; }
.chart figcaption { color: var(--muted); font-size: .85rem; line-height: 1.5; margin-top: .35rem; }
.chart h4 { font-size: 1rem; letter-spacing: 0; color: var(--ink); }
.small { margin-top: .7rem; }
.legend { display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; font-size: .85rem; color: var(--muted); margin-bottom: .4rem; }
.legend li { display: flex; align-items: center; gap: .45rem; }
.swatch { fill: var(--surface); stroke: currentColor; stroke-width: 2; flex: none; }
.swatch path { fill: none; } .swatch .full { fill: currentColor; }
${tones}
.track { display: block; width: 100%; height: 6px; margin: .15rem 0 .5rem; }
.track .rail { fill: var(--line); } .track .span { fill: currentColor; opacity: .45; } .track .notch { fill: currentColor; }
.scroll { overflow-x: auto; max-width: 100%; }
.numbers .scroll { max-height: 24rem; overflow: auto; }
table { border-collapse: collapse; font-size: .875rem; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .4rem .9rem .4rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
thead th { color: var(--muted); font-weight: 500; white-space: nowrap; }
tbody th { font-weight: 500; }
table.plain { min-width: 100%; }
.path { overflow-wrap: anywhere; min-width: 12rem; max-width: 26rem; }
.matrix { border-spacing: 2px; border-collapse: separate; margin-left: -2px; }
.matrix td { background: var(--sunken); }
.matrix th, .matrix td { border: 0; padding: .4rem .5rem; text-align: center; border-radius: 3px; min-width: 2.6rem; }
.matrix th { max-width: 7.5rem; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; font-weight: 500; color: var(--muted); }
.matrix tbody th { text-align: right; position: sticky; left: 0; background: var(--paper); }
.matrix .corner { font-size: .75rem; color: var(--muted); white-space: nowrap; text-align: right; background: none; }
.matrix.few td { min-width: 5rem; padding: 1rem .8rem; font-size: 1rem; }
.matrix.few .corner { padding: .4rem .8rem; font-size: .8rem; vertical-align: bottom; }
.matrix.few tbody th { vertical-align: middle; }
.matrix.dense { font-size: .75rem; }
.matrix.dense th, .matrix.dense td { padding: .22rem .3rem; min-width: 2rem; }
.matrix.dense thead th { writing-mode: vertical-rl; text-align: left; max-width: none; max-height: 8rem; transform: rotate(180deg); vertical-align: top; }
.matrix.dense .corner { writing-mode: horizontal-tb; }
${shades("wrong", "accent")}
${shades("right", "fix")}
`;
