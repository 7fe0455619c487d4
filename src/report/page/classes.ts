import { recallChart } from "../charts.ts";
import { html, type Markup, NOTHING } from "../html.ts";
import { type ClassificationBaseline, classificationOf, type Report } from "../schema.ts";
import { count, many, percent, range } from "../words.ts";
import type { Section } from "./context.ts";
import { figure, scrollable } from "./figure.ts";

/** More classes than that are not read as a matrix: the most confused ones are shown. */
const MATRIX = 24;
const PAIRS = 10;
const DENSE = 8;
/** Steps of shade. Between the third and the fourth the text turns from dark to light, so that it can always be read. */
const SHADES = [0.02, 0.08, 0.2, 0.4, 0.65, 0.85];

/** Which classes are confused, and whether rare ones suffer. */
export function classesSection(report: Report): Section {
  const baseline = classificationOf(report);
  if (!baseline) return { id: "classes", title: "Classes", short: "Classes", body: NOTHING };
  return {
    id: "classes",
    title: "Classes",
    short: "Classes",
    body: html`<dl class="results wide">${(
      [
        ["Balanced accuracy", baseline.balancedAccuracy],
        ["Macro F1", baseline.macroF1],
        ["Calibration error (ECE)", baseline.ece],
      ] as const
    ).map(
      ([name, interval]) =>
        html`<div><dt>${name}</dt><dd>${percent(interval.value)} <span>95 %: ${range(interval)}</span></dd></div>`,
    )}</dl>
${layout(baseline)}`,
  };
}

/** A large matrix takes the full width. */
function layout(baseline: ClassificationBaseline): Markup {
  const confusion = html`<div><h3>Confusion matrix</h3>${matrix(baseline)}</div>`;
  const recall = figure(recallChart(baseline), { heading: 3 });
  if (baseline.perClass.length > DENSE)
    return html`<div class="matrix-wide">${confusion}</div><div class="pair">${recall}${mostConfused(baseline)}</div>`;
  return html`<div class="pair">${confusion}${recall}</div>${mostConfused(baseline)}`;
}

/** With two classes the matrix says it all. */
function mostConfused(baseline: ClassificationBaseline): Markup {
  const { perClass } = baseline;
  const pairs = perClass.length > 2 ? confusedPairs(baseline) : [];
  if (pairs.length === 0) return NOTHING;
  return html`<div><h3 class="after">Most confused</h3>${scrollable(
    html`<table class="plain"><thead><tr><th scope="col">Class</th><th scope="col">Taken for</th><th scope="col">Answers</th><th scope="col">Of its answers</th></tr></thead><tbody>${pairs.map(
      ({ from, to, answers, part }) =>
        html`<tr><td><bdi>${perClass[from].class}</bdi></td><td><bdi>${perClass[to].class}</bdi></td><td>${count(answers)}</td><td>${percent(part)}</td></tr>`,
    )}</tbody></table>`,
    "Most confused classes",
  )}</div>`;
}

function confusedPairs({ confusion }: ClassificationBaseline) {
  const pairs = confusion.flatMap((row, from) => {
    const all = row.reduce((sum, cell) => sum + cell, 0);
    return row.flatMap((answers, to) =>
      answers > 0 && from !== to ? [{ from, to, answers, part: answers / all }] : [],
    );
  });
  return pairs.sort((a, b) => b.answers - a.answers || a.from - b.from || a.to - b.to).slice(0, PAIRS);
}

function matrix({ confusion, perClass, seeds }: ClassificationBaseline): Markup {
  const errors = confusion.map((row, k) =>
    row.reduce((sum, cell, j) => sum + (j === k ? 0 : cell + confusion[j][k]), 0),
  );
  const shown = confusion
    .map((_, k) => k)
    .sort((a, b) => errors[b] - errors[a] || a - b)
    .slice(0, MATRIX)
    .sort((a, b) => a - b);
  const part = shown.length < confusion.length;
  const name = (k: number) => html`<bdi title="${perClass[k].class}">${perClass[k].class}</bdi>`;
  const rows = shown.map((k) => {
    const all = confusion[k].reduce((sum, cell) => sum + cell, 0);
    return html`<tr><th scope="row">${name(k)}</th>${shown.map((j) => html`<td class="${shade(confusion[k][j] / Math.max(1, all), j === k)}">${confusion[k][j] > 0 ? count(confusion[k][j]) : ""}</td>`)}</tr>`;
  });
  return html`${scrollable(
    html`<table class="matrix ${shown.length > DENSE ? "dense" : shown.length < 5 ? "few" : ""}"><caption class="hidden">Rows: true class. Columns: predicted class.</caption><thead><tr><td class="corner">true ↓ predicted →</td>${shown.map((k) => html`<th scope="col">${name(k)}</th>`)}</tr></thead><tbody>${rows}</tbody></table>`,
    "Confusion matrix",
  )}<p class="aside">Answers on the test images, summed over ${many(seeds, "seed")}; shaded by their part of the row.${part && ` The ${shown.length} classes with the most confusions of ${count(confusion.length)}; report.json has all.`}</p>`;
}

const shade = (part: number, right: boolean): string => {
  const step = SHADES.filter((bound) => part >= bound).length;
  return step === 0 ? "" : `${right ? "right" : "wrong"}-${step}`;
};
