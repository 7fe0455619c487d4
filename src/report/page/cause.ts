import { experimentChart } from "../charts.ts";
import { html, type Markup, NOTHING } from "../html.ts";
import type { Finding } from "../schema.ts";
import {
  count,
  FAMILIES,
  many,
  figure as number,
  percent,
  pointsRange,
  probability,
  prose,
  range,
  signedPoints,
  TITLES,
  VERDICT_WORDS,
} from "../words.ts";
import { changeBlock } from "./change.ts";
import { fileName, type PageContext } from "./context.ts";
import { figure } from "./figure.ts";
import { verdictPill } from "./icons.ts";

const TILES = 12;
const FILES = 100;

type Experiment = NonNullable<Finding["experiment"]>;

/** A cause with something to act on: evidence, proof, remedy and images. */
export function causeCard(finding: Finding, rank: number, context: PageContext, more: Markup = NOTHING): Markup {
  const { cause, family, verdict, says, indistinguishable } = finding;
  return html`<article class="cause ${verdict}" id="cause-${cause}" aria-labelledby="title-${cause}">
<header><span class="rank" aria-hidden="true">${rank}</span><div class="name"><h3 id="title-${cause}">${TITLES[cause]}</h3><p>${verdictPill(verdict)} <span class="family">${FAMILIES[family]}</span></p></div>${shareOf(finding)}</header>
<p class="says">${prose(says)}</p>
${
  indistinguishable &&
  html`<p class="aside">The experiments cannot tell it from ${indistinguishable.from.map((id) => TITLES[id].toLowerCase()).join(" or ")}. What would: ${prose(indistinguishable.separatedBy)}.</p>`
}
${remedy(finding, context)}
${proof(finding)}
${more}
${images(finding, context)}
</article>`;
}

/** A cause that was looked at and left behind: one line, the rest on demand. */
export function causeLine(finding: Finding): Markup {
  const { cause, verdict, says } = finding;
  return html`<details class="line" id="cause-${cause}"><summary><h3>${TITLES[cause]}</h3>${verdictPill(verdict)}</summary><div class="line-body"><p>${prose(says)}</p>${evidence(finding)}${experiment(finding)}${results(finding)}</div></details>`;
}

function shareOf({ share, verdict, experiment: made }: Finding): Markup {
  if (!share) return verdict === "confirmed" ? html`<p class="share none">Share not measured</p>` : NOTHING;
  const of = made?.takesAway ? "of the errors, predicted for twice the images" : "of the errors";
  return html`<p class="share"><b>${percent(share.value, 0)}</b> <span>${of}</span> <span class="interval">95 %: ${range(share, 0)}</span></p>`;
}

function evidence({ evidence: list }: Finding): Markup {
  if (list.length === 0) return NOTHING;
  return html`<div class="evidence"><h4>Evidence</h4><ul>${list.map(
    ({ says, measure, value, reference }) =>
      html`<li>${prose(says)}<span class="measure">${measure}: <b>${number(value)}</b>, held against ${number(reference)}</span></li>`,
  )}</ul></div>`;
}

function experiment(finding: Finding): Markup {
  const { experiment: made } = finding;
  if (!made) return NOTHING;
  return html`<div class="experiment"><h4>Experiment</h4>
<p><b>${made.takesAway ? "Taken away" : "Put right"}:</b> ${made.intervention}.<br><b>Control:</b> ${made.control}.</p>
${figure(experimentChart(finding), { small: true })}
${arms(made, finding)}</div>`;
}

/** What the experiment comes to, and how sure that is. */
function results({ experiment: made }: Finding): Markup {
  if (!made) return NOTHING;
  const { gain, gainOverControl: beyond, adjustedPValue, pValue, seeds } = made;
  return html`<dl class="results"><div><dt>Gain</dt><dd>${signedPoints(gain.value)} <span>95 %: ${pointsRange(gain)}</span></dd></div>${
    beyond &&
    html`<div><dt>Beyond its control</dt><dd>${signedPoints(beyond.value)} <span>95 %: ${pointsRange(beyond)}</span></dd></div>`
  }<div><dt>p, corrected for many questions</dt><dd>${probability(adjustedPValue)} <span>${probability(pValue)} before Holm's correction</span></dd></div><div><dt>Seeds</dt><dd>${seeds} <span>trained with and without</span></dd></div></dl>`;
}

function proof(finding: Finding): Markup {
  const parts = [evidence(finding), experiment(finding)].filter(({ text }) => text !== "");
  return parts.length === 0 ? NOTHING : html`<div class="proof">${parts}</div>${results(finding)}`;
}

function arms({ arms: list }: Experiment, { cause }: Finding): Markup {
  if (list.length === 0) return NOTHING;
  return html`<details class="numbers"><summary>All ${many(list.length, "arm")} tried<span class="hidden"> for ${TITLES[cause]}</span></summary><div class="scroll" tabindex="0" role="region" aria-label="Arms tried for ${TITLES[cause]}"><table><thead><tr><th scope="col">Change</th><th scope="col">Phase</th><th scope="col">Seeds</th><th scope="col">Error</th><th scope="col">Gain</th></tr></thead><tbody>${list.map(
    ({ intervention, phase, seeds, errorRate, gain }) =>
      html`<tr><th scope="row">${intervention}</th><td>${phase}</td><td>${seeds}</td><td>${percent(errorRate)}</td><td>${signedPoints(gain)}</td></tr>`,
  )}</tbody></table></div></details>`;
}

function remedy({ cause, verdict, remedy: { says, files = [], change } }: Finding, { bundle }: PageContext): Markup {
  const { subject } = bundle.report;
  return html`<div class="remedy"><h4>${verdict === "suspected" ? "What to try" : "What to do"}</h4><p>${prose(says)}</p>${changeBlock(change, subject.recipe, TITLES[cause])}${
    files.length > 0 &&
    html`<details><summary>${files.length > FILES ? `The first ${FILES} of ${many(files.length, "file")}` : many(files.length, "file")}<span class="hidden"> for ${TITLES[cause]}</span></summary><ol class="files" tabindex="0">${files.slice(0, FILES).map((file) => html`<li><bdi>${file}</bdi></li>`)}</ol></details>`
  }</div>`;
}

function images({ images: concerned, examples, table }: Finding, context: PageContext): Markup {
  if (examples.length === 0) return NOTHING;
  const shown = examples.slice(0, TILES);
  const of = concerned > shown.length ? `${shown.length} of ${many(concerned, "image")}` : many(shown.length, "image");
  return html`<div class="images"><h4>Its images</h4><ul class="tiles">${shown.map((file) => {
    const caption = context.caption(file);
    return html`<li><figure>${context.tile(file)}<figcaption>${caption && html`<span><bdi>${caption}</bdi></span>`}${fileName(file)}</figcaption></figure></li>`;
  })}</ul><p class="aside">${of}, the worst first.${table && html` More in <a href="${table}.csv">${table}.csv</a>.`}</p></div>`;
}

/** What the verdicts mean, for those met on this page. */
export const verdictKey = (findings: Finding[]): Markup =>
  html`<dl class="verdicts">${[...new Set(findings.map(({ verdict }) => verdict))].map(
    (verdict) =>
      html`<div><dt>${verdictPill(verdict)} <span class="tally">${count(findings.filter((each) => each.verdict === verdict).length)}</span></dt><dd>${VERDICT_WORDS[verdict].means}</dd></div>`,
  )}</dl>`;
