import type { Interval } from "../../causes/types.ts";
import { html, type Markup, NOTHING, trusted } from "../html.ts";
import { classificationOf, type Report } from "../schema.ts";
import { count, explained, iou, iouRange, many, ofVerdict, percent, prose, range, TITLES } from "../words.ts";

/** The top of the page: what happened, the key figures, and where the errors go. */
export function lead(report: Report): Markup {
  const [headline, more] = firstSentence(prose(report.says));
  return html`<section class="lead" aria-labelledby="headline">
<h1 id="headline">${headline}</h1>
${more !== "" && html`<p class="lede">${more}</p>`}
${notices(report)}
${keyFigures(report)}
${whereErrorsGo(report)}
</section>`;
}

/** A sentence ends before a capital; "18.3 %" and "recipe.json" hold no end. */
function firstSentence(text: string): [string, string] {
  const end = /[.!?] (?=[A-Z])/.exec(text);
  return end ? [text.slice(0, end.index + 1), text.slice(end.index + 2)] : [text, ""];
}

function notices({ missing, dataset: { rejected, images, beyond } }: Report): Markup {
  if (missing.length + rejected.length === 0 && !beyond) return NOTHING;
  return html`<ul class="notices">${
    missing.length > 0 &&
    html`<li>This report is partial: ${many(missing.length, "piece of work is", "pieces of work are")} missing. <a href="#limits">See which</a>.</li>`
  }${
    rejected.length > 0 &&
    html`<li>${many(rejected.length, "image")} could not be used. <a href="#limits">See which</a>.</li>`
  }${
    beyond &&
    html`<li>Audited were ${count(images)} of ${count(images + beyond.images)} images. <a href="#limits">See what that means</a>.</li>`
  }</ul>`;
}

function keyFigures(report: Report): Markup {
  const { baseline, dataset, unexplained } = report;
  const { accuracy } = classificationOf(report) ?? {};
  const masks = report.segmentation;
  const together = explained(report);
  const errors = Math.round(baseline.errorRate.value * dataset.splits.test);
  const confirmed = ofVerdict(report, "confirmed").length;
  return html`<dl class="figures">
${accuracy && tile("Accuracy", percent(accuracy.value), `95 %: ${range(accuracy)}`, accuracy, "info")}${masks && tile("Foreground IoU", iou(masks.foregroundIou.value), `95 %: ${iouRange(masks.foregroundIou)}`, masks.foregroundIou, "info")}
${
  masks
    ? tile(
        "Error of an image",
        percent(baseline.errorRate.value, 0),
        `1 − IoU on average over ${many(dataset.splits.test, "test image")}; 95 %: ${range(baseline.errorRate, 0)}`,
        baseline.errorRate,
      )
    : tile(
        "Errors",
        count(errors),
        `of ${many(dataset.splits.test, "test image")}, on average over ${many(baseline.seeds, "seed")}`,
      )
}
${tile(
  "Explained",
  together ? percent(together.value, 0) : "none",
  together
    ? `of the errors, by ${confirmed > 1 ? "the confirmed causes together" : "the confirmed cause"}; 95 %: ${range(together, 0)}`
    : "no confirmed cause with a share",
  together ?? undefined,
  "accent",
)}
${tile("Unexplained", percent(unexplained.value, 0), `of the errors; 95 %: ${range(unexplained, 0)}`, unexplained, "muted")}
</dl>`;
}

function tile(name: string, value: string, says: string, interval?: Interval, tone = "muted"): Markup {
  return html`<div><dt>${name}</dt><dd class="value">${value}</dd><dd class="says">${interval && track(interval, tone)}${says}</dd></div>`;
}

/** From 0 to 100 %: the interval as a bar, the figure as a notch. */
function track({ value, low, high }: Interval, tone: string): Markup {
  const at = (fraction: number) => (100 * Math.min(1, Math.max(0, fraction))).toFixed(1);
  const width = Math.max(1, 100 * (Math.min(1, high) - Math.max(0, low))).toFixed(1);
  return trusted(
    `<svg class="track tone-${tone}" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true"><rect class="rail" x="0" y="2" width="100" height="2"/><rect class="span" x="${at(low)}" y="1" width="${width}" height="4"/><rect class="notch" x="${at(value)}" y="0" width="0.8" height="6"/></svg>`,
  );
}

/** All errors as one bar, a part a confirmed cause. */
function whereErrorsGo(report: Report): Markup {
  const parts = report.causes.flatMap(({ cause, share, experiment }) =>
    share && share.value > 0 ? [{ cause, share, experiment }] : [],
  );
  if (parts.length === 0) return NOTHING;
  const sum = parts.reduce((total, { share }) => total + share.value, 0);
  const scale = Math.max(1, sum);
  const rest = 1 - sum / scale;
  let x = 0;
  const rects = [...parts.map(({ share }) => share.value / scale), rest].map((width, i, all) => {
    const tone = i === all.length - 1 ? "rest" : `part-${i % 6}`;
    const rect = `<rect class="${tone}" x="${(1000 * x).toFixed(1)}" y="0" width="${Math.max(0, 1000 * width - 3).toFixed(1)}" height="30"/>`;
    x += width;
    return rect;
  });
  const item = (tone: string, name: Markup | string, value: number) =>
    html`<li><span class="key ${tone}"></span>${name} <b>${percent(value, 0)}</b></li>`;
  return html`<div class="where"><h2>Where the errors go</h2>${trusted(
    `<svg class="stack" viewBox="0 0 1000 30" preserveAspectRatio="none" aria-hidden="true">${rects.join("")}</svg>`,
  )}<ul class="keys">${parts.map(({ cause, share, experiment }, i) =>
    item(
      `part-${i % 6}`,
      html`<a href="#cause-${cause}">${TITLES[cause]}</a>${experiment?.takesAway && " (predicted)"}`,
      share.value,
    ),
  )}${item("rest", "Unexplained", Math.max(0, rest))}</ul>${report.together && html`<p class="promise">${prose(report.together.says)}</p>`}</div>`;
}
