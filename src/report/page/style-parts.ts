/** Cause cards, remedies, tiles, lists. */
export const PARTS_STYLE = `
.pill { display: inline-flex; align-items: center; gap: .4rem; padding: .12rem .65rem .12rem .4rem; border-radius: 99px; font-size: .825rem; font-weight: 600; line-height: 1.5; background: var(--sunken); color: var(--muted); white-space: nowrap; }
.pill.confirmed { background: var(--accent-soft); color: var(--accent); }
.pill.present { background: var(--warn-soft); color: var(--warn); }
.pill.suspected { background: var(--info-soft); color: var(--info); }
.icon { flex: none; fill: currentColor; }
.icon .outline, .icon .stroke { fill: none; stroke: currentColor; stroke-width: 1.6; stroke-linecap: round; }
.icon .cut { fill: none; stroke: var(--accent-soft); stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; }
.icon .dashes { stroke-dasharray: 2.6 3; }
.verdicts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 15rem), 1fr)); gap: .8rem 2rem; margin-bottom: 1.6rem; font-size: .875rem; color: var(--muted); }
.verdicts dd { margin-top: .25rem; }
.tally { margin-left: .3rem; font-variant-numeric: tabular-nums; }
.cause { background: var(--surface); border: 1px solid var(--line); border-radius: 12px; padding: clamp(1.1rem, 3vw, 2rem); margin-bottom: 1.4rem; container-type: inline-size; }
.cause > header { display: grid; grid-template-columns: auto 1fr auto; gap: .2rem 1.1rem; align-items: start; }
.rank { font: 500 2.3rem/1 var(--serif); color: var(--muted); min-width: .8em; font-variant-numeric: lining-nums; }
.confirmed > header .rank { color: var(--accent); }
.cause h3 { font: 500 1.5rem/1.2 var(--serif); margin-bottom: .35rem; }
.family { color: var(--muted); font-size: .875rem; margin-left: .4rem; }
.share { text-align: right; color: var(--muted); font-size: .85rem; line-height: 1.4; max-width: 14rem; }
.share b { display: block; font: 500 2.1rem/1.05 var(--serif); color: var(--ink); font-variant-numeric: lining-nums; }
.share span { display: block; }
.cause > .says { margin-top: 1rem; max-width: 50em; }
@container (max-width: 34rem) {
  .cause > header { grid-template-columns: auto 1fr; }
  .share { grid-column: 2; text-align: left; max-width: none; margin-top: .3rem; }
  .share b { display: inline; font-size: 1.6rem; } .share span { display: inline; }
  .share .interval { display: block; }
}
.remedy { background: var(--fix-soft); border-left: 4px solid var(--fix); border-radius: 0 8px 8px 0; padding: .9rem 1.15rem 1rem; margin-top: 1.2rem; }
.remedy h4 { color: var(--fix); }
.remedy p { max-width: 50em; }
.remedy details { margin-top: .6rem; }
.change { margin-top: .8rem; position: relative; }
.change-title { font-size: .825rem; color: var(--muted); margin-bottom: .25rem; }
pre { font: .825rem/1.55 var(--mono); background: var(--surface); border: 1px solid var(--line); border-radius: 6px; padding: .7rem .9rem; overflow: auto; max-height: 24rem; }
.diff span { display: block; white-space: pre; color: var(--muted); }
.diff .gone { color: var(--accent); } .diff .new { color: var(--fix); font-weight: 600; }
.json { user-select: all; margin-top: .5rem; }
button { font: 600 .825rem/1 var(--sans); color: var(--ink); background: var(--surface); border: 1px solid var(--edge); border-radius: 6px; padding: .5rem .9rem; margin-top: .5rem; cursor: pointer; min-height: 2rem; }
button:hover { border-color: var(--ink); }
.files { margin: .5rem 0 0; max-height: 16rem; overflow: auto; font: .8rem/1.6 var(--mono); background: var(--surface); border: 1px solid var(--line); border-radius: 6px; padding: .6rem .9rem; overflow-wrap: anywhere; }
.proof { display: grid; gap: 1.4rem 2.4rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 22rem), 1fr)); margin-top: 1.5rem; }
.proof > * { min-width: 0; }
.evidence li { padding: .55rem 0; border-top: 1px solid var(--line); font-size: .95rem; }
.evidence li:first-child { border-top: 0; padding-top: 0; }
.measure { display: block; color: var(--muted); font-size: .825rem; margin-top: .1rem; }
.measure b { color: var(--ink); font-weight: 600; }
.experiment > p { font-size: .95rem; }
.cause > .results { border-top: 1px solid var(--line); padding-top: .9rem; margin-top: 1.2rem; }
.results { display: grid; gap: .5rem 1.6rem; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); margin-top: .8rem; }
.results.wide { margin: 0 0 1.8rem; grid-template-columns: repeat(auto-fit, minmax(12rem, 1fr)); }
.results dt { font-size: .825rem; color: var(--muted); }
.results dd { font-weight: 600; font-variant-numeric: tabular-nums; }
.results dd span { display: block; font-weight: 400; font-size: .8rem; color: var(--muted); }
.images { margin-top: 1.5rem; }
.tiles { display: grid; grid-template-columns: repeat(auto-fill, minmax(6.4rem, 1fr)); gap: 1rem .9rem; }
.tiles.suspects { grid-template-columns: repeat(auto-fill, minmax(8.6rem, 1fr)); gap: 1.5rem 1.1rem; }
.tiles li { min-width: 0; }
.tile { display: block; width: 100%; height: auto; aspect-ratio: 1; object-fit: contain; background: var(--sunken); border: 1px solid var(--line); border-radius: 6px; }
.tile.empty { display: grid; place-items: center; color: var(--muted); font-size: .75rem; }
.tiles figcaption { font-size: .78rem; line-height: 1.4; margin-top: .35rem; }
.tiles figcaption > span { display: block; overflow-wrap: anywhere; }
.tiles b { font-weight: 600; }
.good b { color: var(--fix); } .bad b { color: var(--accent); }
.tiny .tile { image-rendering: pixelated; }
.score { color: var(--muted); }
.file { display: block; color: var(--muted); font-size: .74rem; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.before-after td .score { display: block; }
.before-after th[scope="row"] { white-space: nowrap; }
.mask-rows { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 25rem), 1fr)); gap: 1.6rem 1.8rem; }
.mask-rows li { min-width: 0; }
.panels { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: .4rem; }
.panels.four { grid-template-columns: repeat(4, minmax(0, 1fr)); }
.panel { min-width: 0; }
.panel-name { display: block; font-size: .74rem; color: var(--muted); margin-top: .15rem; }
.layers { position: relative; display: block; }
.layer { display: block; width: 100%; height: auto; border: 1px solid var(--line); border-radius: 4px; background: var(--sunken); }
.drawn { image-rendering: pixelated; }
.over { position: absolute; inset: 0; height: 100%; background: none; border-color: transparent; opacity: .8; }
.frame { position: absolute; inset: 0; width: 100%; height: 100%; overflow: visible; }
.frame rect { fill: none; stroke: #000; stroke-width: 4px; vector-effect: non-scaling-stroke; }
.frame .inner { stroke: #fff; stroke-width: 1.75px; }
.mask-rows figcaption { font-size: .825rem; line-height: 1.45; margin-top: .35rem; }
.mask-rows figcaption > span { display: block; overflow-wrap: anywhere; }
.mask-rows figcaption > .file { white-space: nowrap; }
.mask-key { flex: none; vertical-align: -.08em; color: var(--muted); }
.mask-legend { display: flex; flex-wrap: wrap; gap: .3rem 1.1rem; font-size: .85rem; margin-bottom: 1rem; }
.mask-legend li, .mask-kinds li { display: flex; gap: .45rem; align-items: baseline; }
.mask-legend-break { color: var(--muted); }
.mask-kinds { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 19rem), 1fr)); gap: .5rem 1.6rem; margin-top: .8rem; font-size: .9rem; }
.after { margin-top: 2rem; }
.lines { border-top: 1px solid var(--line); }
.line { border-bottom: 1px solid var(--line); container-type: inline-size; }
.line > summary { display: flex; align-items: center; gap: .6rem 1rem; padding: .75rem .2rem; }
.line h3 { font: 600 1rem/1.5 var(--sans); flex: 1; margin: 0; min-width: 0; }
.line-body { padding: .2rem 0 1.4rem 1.25rem; display: grid; grid-template-columns: minmax(0, 1fr); gap: 1.1rem; max-width: 46rem; }
summary { cursor: pointer; }
summary:hover { color: var(--info); }
.numbers { margin-top: .5rem; font-size: .875rem; }
.numbers > summary, .remedy summary { color: var(--muted); font-size: .875rem; padding: .15rem 0; width: fit-content; }
.line > summary::marker { color: var(--muted); }
.line > summary { list-style: none; }
.line > summary::-webkit-details-marker { display: none; }
.line > summary::before { content: ""; width: .45rem; height: .45rem; border-right: 2px solid var(--muted); border-bottom: 2px solid var(--muted); transform: rotate(-45deg); flex: none; margin: 0 .25rem; }
.line[open] > summary::before { transform: rotate(45deg); }
.reasons { display: grid; gap: 1rem; max-width: 52em; margin-bottom: 1.6rem; }
.reasons dt { font-weight: 600; } .reasons dd { color: var(--muted); }
#limits h3 { margin-top: 1.6rem; }
.method { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr)); gap: 1.1rem 2.5rem; font-size: .95rem; }
.method b { display: block; }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 18rem), 1fr)); gap: .1rem 2.5rem; font-size: .925rem; }
.facts > div { display: flex; gap: 1rem; justify-content: space-between; border-bottom: 1px solid var(--line); padding: .45rem 0; }
.facts dt { color: var(--muted); flex: none; }
.facts dd { text-align: right; overflow-wrap: anywhere; min-width: 0; }
`;
