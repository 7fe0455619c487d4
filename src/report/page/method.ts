import { seedChurn } from "../charts.ts";
import { html, type Markup, NOTHING } from "../html.ts";
import type { Report, ReportBundle } from "../schema.ts";
import { beyondAudit, count, duration, many, percent, prose, range, TITLES } from "../words.ts";
import { recipeLines } from "./change.ts";
import type { Section } from "./context.ts";
import { scrollable } from "./figure.ts";

const LISTED = 50;

/** What this report does not know, how it was made, and the facts of the run. */
export function methodSections(bundle: ReportBundle): Section[] {
  const { report } = bundle;
  return [
    { id: "limits", title: "What is not known", short: "Limits", body: limits(report) },
    { id: "method", title: "How it was measured", short: "Method", body: method(bundle) },
    { id: "run", title: "The run", short: "Run", body: run(report) },
  ];
}

function limits(report: Report): Markup {
  const { unexplained, notTested, missing } = report;
  const { rejected } = report.dataset;
  const beyond = beyondAudit(report);
  const reasons = new Map<string, typeof notTested>();
  for (const each of notTested) reasons.set(each.why, [...(reasons.get(each.why) ?? []), each]);
  return html`<p class="intro">${percent(unexplained.value, 0)} of the errors (95 %: ${range(unexplained, 0)}) stay unexplained: no confirmed change removes them.</p>
${
  beyond !== undefined &&
  html`<h3>Beyond the audit</h3><p>${beyond} Suspects are in <a href="label_issues.csv">label_issues.csv</a>; duplicates and slices are of the audited images.</p>`
}
${
  reasons.size > 0 &&
  html`<h3>Not tested</h3><dl class="reasons">${[...reasons].map(
    ([why, causes]) =>
      html`<div><dt>${causes.map(({ cause }) => TITLES[cause]).join(", ")}</dt><dd>${prose(why)}</dd></div>`,
  )}</dl>`
}
${
  missing.length > 0 &&
  html`<h3>Missing</h3>${scrollable(
    html`<table class="plain"><thead><tr><th scope="col">Stage</th><th scope="col">Item</th><th scope="col">Problem</th></tr></thead><tbody>${missing
      .slice(0, LISTED)
      .map(
        ({ stage, item, problem }) => html`<tr><td>${stage}</td><td>${item}</td><td>${problem}</td></tr>`,
      )}</tbody></table>`,
    "Missing work",
  )}${more(missing.length)}`
}
${
  rejected.length > 0 &&
  html`<h3>Images that could not be used</h3>${scrollable(
    html`<table class="plain"><thead><tr><th scope="col">File</th><th scope="col">Problem</th></tr></thead><tbody>${rejected
      .slice(0, LISTED)
      .map(
        ({ file, problem }) => html`<tr><td class="path"><bdi>${file}</bdi></td><td>${problem}</td></tr>`,
      )}</tbody></table>`,
    "Images that could not be used",
  )}${more(rejected.length)}`
}`;
}

const more = (all: number): Markup =>
  all > LISTED ? html`<p class="aside">The first ${LISTED} of ${count(all)}; report.json has all.</p>` : NOTHING;

function method(bundle: ReportBundle): Markup {
  const { baseline, causes, dataset } = bundle.report;
  const tested = causes.filter(({ experiment }) => experiment).length;
  const churn = seedChurn(bundle);
  const images = count(dataset.splits.test);
  const masks = dataset.task === "segmentation";
  if (tested === 0)
    return html`<ul class="method"><li><b>What was judged.</b> The figures come from ${images} test images that training never used.</li><li><b>No proof.</b> Nothing was retrained, so that signs of a cause stay suspicions: only putting a cause right shows what it costs.</li></ul>`;
  return html`<ul class="method">
<li><b>Baseline.</b> The subject as given was trained ${baseline.seeds === 1 ? "once" : `${baseline.seeds} times, each time with another seed`}, and judged on ${images} test images that training never used.</li>
<li><b>Experiments.</b> For each suspected cause one thing was put right and the model trained anew with the same seeds and the same number of steps. ${many(tested, "cause was", "causes were")} tested so.</li>
${masks && html`<li><b>Error of an image.</b> One less the mean IoU of the foreground classes in its truth or prediction: 0 where the mask is right, 1 where nothing overlaps. It is what error, gain and share are made of.</li>`}
<li><b>Controls.</b> A change of the same size without the idea behind it (as many images at random, other seeds) shows what any change would do. Only what goes beyond the control counts.</li>
<li><b>Churn.</b> ${churn === undefined ? "Another seed mends some errors and breaks others; that is never counted as gain." : `Two trainings that differ in nothing but the seed ${masks ? html`differ by ${percent(churn)} in an image's error.` : html`disagree on ${percent(churn)} of the test images.`} That is never counted as gain.`}</li>
<li><b>Halves.</b> Which change to make was chosen on one half of the test images; its gain is quoted from the other half with fresh seeds, so that a lucky choice does not count. Where there was one change to try and nothing to choose, the p-value is that of both halves.</li>
<li><b>Intervals.</b> All are 95 %, and allow for both the seeds of training and the images that were drawn. The gain to expect has a wider one: other images and other seeds will be met.</li>
<li><b>Many questions.</b> With more causes tested, chance finds more; p-values are corrected for that by Holm's method.</li>
<li><b>Shares.</b> What the confirmed changes remove, applied together, is divided among them; the rest is unexplained.</li>
</ul>`;
}

function run({ run: facts, dataset, subject, cost }: Report): Markup {
  const { splits, shape } = dataset;
  const rows: [string, string][] = [
    ["Dataset", dataset.name],
    [
      "Images",
      `${count(dataset.images)}: ${count(splits.train)} training, ${count(splits.validation)} validation, ${count(splits.test)} test`,
    ],
    ...(dataset.tiles === undefined
      ? []
      : [["Tiles", `each of these is a part of an image, ${dataset.tiles} pixels wide and high`] as [string, string]]),
    ["Splits", dataset.splitsAre === "given" ? "as given" : "made here"],
    ["Classes", count(dataset.classes.length)],
    ["Image size", `${shape.width} × ${shape.height}, ${shape.channels === 1 ? "grey" : "colour"}`],
    ["Digest", dataset.digest],
    ["Subject", subject.says],
    ...(subject.parameters === undefined ? [] : [["Parameters", count(subject.parameters)] as [string, string]]),
    ["Engine", `${facts.engine.name} ${facts.engine.version}`],
    ["Effort, seed", `${facts.effort}, ${facts.seed}`],
    ["Training runs", `${count(cost.trainingRuns)}, and ${count(cost.fromCache)} from the cache`],
    ["Cost", `${cost.timesOneRun.toFixed(1)} times one training run of the subject`],
    ["Time", duration(facts.seconds)],
    ["Run", facts.id],
  ];
  return html`<dl class="facts">${rows.map(([name, value]) => html`<div><dt>${name}</dt><dd><bdi>${value}</bdi></dd></div>`)}</dl>${
    subject.recipe !== undefined &&
    html`<details class="numbers"><summary>The recipe as it was read</summary><pre class="json" tabindex="0" role="region" aria-label="Recipe">${recipeLines(subject.recipe).join("\n")}</pre></details>`
  }<p class="aside">Beside this page: <a href="report.json">report.json</a>, <a href="summary.md">summary.md</a>, and the tables as CSV and Arrow: ${[
    "errors",
    "label_issues",
    "duplicates",
    "slices",
  ].map(
    (name, i) => html`${i > 0 && ", "}<a href="${name}.csv">${name}.csv</a> (<a href="${name}.arrow">.arrow</a>)`,
  )}.</p>`;
}
