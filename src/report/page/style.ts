import { CHARTS_STYLE } from "./style-charts.ts";
import { PARTS_STYLE } from "./style-parts.ts";

/** Colours, type and layout. Light first; dark by the reader's setting. Text has a contrast of at least 4.5 in both. */
const BASE = `
:root {
  color-scheme: light dark;
  --paper: #faf8f4; --surface: #fff; --sunken: #f4f1ea; --ink: #1f1c18; --muted: #625c52; --line: #e3ddd1; --edge: #cfc7b8;
  --accent: #a62b1f; --accent-soft: #fbece8; --fix: #0d6654; --fix-soft: #e9f4f0; --info: #2f5590; --info-soft: #eaf0f9;
  --warn: #845400; --warn-soft: #faf1dd; --plum: #74468a; --moss: #5a6b1f;
  --serif: "Iowan Old Style", "Palatino Linotype", "URW Palladio L", P052, Palatino, Georgia, serif;
  --sans: system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif;
  --mono: ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
}
@media (prefers-color-scheme: dark) { :root {
  --paper: #171614; --surface: #1f1e1b; --sunken: #282622; --ink: #ece8df; --muted: #aea799; --line: #38352f; --edge: #514c43;
  --accent: #f2968a; --accent-soft: #3a211d; --fix: #82cdb7; --fix-soft: #18302a; --info: #9fbcec; --info-soft: #1f2a3c;
  --warn: #e5ba6d; --warn-soft: #352a16; --plum: #cfa6e0; --moss: #b9c77c;
} }
* { box-sizing: border-box; }
html { scroll-behavior: smooth; scroll-padding-top: 1rem; -webkit-text-size-adjust: 100%; }
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1rem/1.6 var(--sans); overflow-wrap: break-word; }
h1, h2, h3, h4, p, ul, ol, dl, dd, figure, pre { margin: 0; padding: 0; }
ul, ol { list-style: none; }
a { color: var(--info); text-underline-offset: .18em; text-decoration-thickness: .06em; }
:focus-visible { outline: 3px solid var(--info); outline-offset: 2px; border-radius: 3px; }
section:focus { outline: none; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.skip { position: absolute; left: 1rem; top: -4rem; padding: .5rem 1rem; background: var(--ink); color: var(--paper); z-index: 9; border-radius: 0 0 6px 6px; }
.skip:focus { top: 0; }
.mast, main, footer { max-width: 68rem; margin: 0 auto; padding: 0 clamp(1rem, 4vw, 2.5rem); }
.mast { display: flex; flex-wrap: wrap; align-items: baseline; gap: .25rem 1rem; padding-top: 1.4rem; }
.brand { font: italic 600 1.35rem/1.2 var(--serif); color: var(--accent); letter-spacing: .01em; }
.about { color: var(--muted); font-size: .9rem; min-width: 0; overflow-wrap: anywhere; }
.mast nav { flex-basis: 100%; border-top: 1px solid var(--line); border-bottom: 1px solid var(--line); margin-top: .6rem; }
.mast nav ul { display: flex; flex-wrap: wrap; gap: 0 1.35rem; }
.mast nav a { display: block; padding: .5rem 0; color: var(--muted); text-decoration: none; font-size: .875rem; }
.mast nav a:hover { color: var(--ink); text-decoration: underline; }
h1 { font: 500 clamp(1.65rem, 1.1rem + 2.4vw, 2.7rem)/1.22 var(--serif); letter-spacing: -.012em; text-wrap: balance; max-width: 25em; }
h2 { font: 500 clamp(1.4rem, 1.2rem + .8vw, 1.85rem)/1.25 var(--serif); letter-spacing: -.008em; margin-bottom: 1rem; }
h3 { font: 600 1.1rem/1.35 var(--sans); margin-bottom: .6rem; }
h4 { font: 600 .8rem/1.4 var(--sans); letter-spacing: .04em; color: var(--muted); margin-bottom: .4rem; }
main > section { padding-top: clamp(2.2rem, 5vw, 3.6rem); }
.lead { padding-top: clamp(1.8rem, 5vw, 3.2rem) !important; }
.lede { font: 400 clamp(1.05rem, 1rem + .4vw, 1.25rem)/1.5 var(--serif); color: var(--ink); margin-top: .9rem; max-width: 46em; }
.promise { color: var(--muted); margin-top: .6rem; max-width: 48em; }
.intro { max-width: 48em; margin-bottom: 1.1rem; }
.aside { color: var(--muted); font-size: .875rem; margin-top: .6rem; max-width: 52em; }
.notices { margin-top: 1.2rem; display: grid; gap: .5rem; }
.notices li { background: var(--warn-soft); border-left: 3px solid var(--warn); padding: .5rem .9rem; border-radius: 0 6px 6px 0; font-size: .925rem; }
.figures { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 1px; margin-top: 2rem; background: var(--line); border: 1px solid var(--line); border-radius: 10px; overflow: hidden; }
@media (min-width: 54rem) { .figures { grid-template-columns: repeat(4, minmax(0, 1fr)); } }
.figures > div { background: var(--surface); padding: 1rem clamp(.8rem, 2vw, 1.15rem) 1.1rem; }
.figures dt { font-size: .85rem; color: var(--muted); }
.figures .value { font: 500 clamp(1.7rem, 1.4rem + 1.4vw, 2.1rem)/1.2 var(--serif); font-variant-numeric: lining-nums; }
.figures .says { font-size: .825rem; line-height: 1.45; color: var(--muted); margin-top: .3rem; }
.where { margin-top: 2rem; }
.where h2 { font: 600 1rem/1.4 var(--sans); letter-spacing: 0; margin-bottom: .5rem; }
.stack { display: block; width: 100%; height: 26px; border-radius: 5px; }
.keys { display: flex; flex-wrap: wrap; gap: .35rem 1.4rem; margin-top: .7rem; font-size: .9rem; }
.keys li { display: flex; align-items: center; gap: .45rem; }
.key { width: .8rem; height: .8rem; border-radius: 3px; flex: none; }
.part-0 { fill: var(--accent); background: var(--accent); } .part-1 { fill: var(--info); background: var(--info); }
.part-2 { fill: var(--warn); background: var(--warn); } .part-3 { fill: var(--fix); background: var(--fix); }
.part-4 { fill: var(--plum); background: var(--plum); } .part-5 { fill: var(--moss); background: var(--moss); }
.rest { fill: var(--edge); background: var(--edge); }
.pair { display: grid; gap: 2rem 2.5rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); align-items: start; }
.pair > * { min-width: 0; }
.pair + .pair, .matrix-wide + .pair, .pair + div > h3.after { margin-top: 2.2rem; }
#causes > h3 { margin-top: 2.4rem; }
footer { margin-top: 4rem; padding-top: 1rem; padding-bottom: 2.5rem; color: var(--muted); font-size: .85rem; }
footer p { border-top: 1px solid var(--line); padding-top: 1rem; }
`;

const PRINT = `
@media print {
  :root { --paper: #fff; --surface: #fff; }
  body { font-size: 10pt; }
  .mast nav, .skip, button { display: none; }
  .cause, figure, tr, .tiles li { break-inside: avoid; }
  .cause { break-inside: auto; box-shadow: none; }
  h2, h3, h4 { break-after: avoid; }
  .scroll { overflow: visible; max-height: none; }
  a { color: inherit; }
}
`;

export const STYLE = (BASE + PARTS_STYLE + CHARTS_STYLE + PRINT).replace(/\n+/g, "\n").trim();
