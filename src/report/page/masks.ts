import type { Interval } from "../../causes/types.ts";
import { MASK_ERRORS } from "../../stats/mask-errors.ts";
import { html, type Markup, NOTHING, trusted } from "../html.ts";
import { classColour, ERROR_COLOURS, type MaskPictures } from "../mask-pictures.ts";
import type { MaskedImage, Report, Segmentation } from "../schema.ts";
import { count, iou, iouRange, many, percent, pixels, prose } from "../words.ts";
import { fileName, type PageContext, type Section } from "./context.ts";
import { scrollable } from "./figure.ts";

const AFTER = 6;

type PredictedPictures = MaskPictures & Required<Pick<MaskPictures, "predicted" | "errors">>;
export const isPredicted = (drawn: MaskPictures): drawn is PredictedPictures =>
  drawn.predicted !== undefined && drawn.errors !== undefined;

/** How well masks are predicted, and what is wrong about them. */
export function masksSections(context: PageContext): Section[] {
  const { segmentation } = context.bundle.report;
  if (!segmentation) return [];
  return [
    {
      id: "masks",
      title: "Masks",
      short: "Masks",
      body: html`${figures(segmentation)}${byClass(segmentation)}${kinds(segmentation)}`,
    },
    { id: "worst", title: "The worst images", short: "Worst images", body: worst(segmentation, context) },
  ];
}

function figures({ meanIou, foregroundIou, meanDice, boundaryF, pixelAccuracy, tolerance }: Segmentation): Markup {
  const item = (name: string, interval: Interval, more = "") =>
    html`<div><dt>${name}</dt><dd>${iou(interval.value)} <span>95 %: ${iouRange(interval)}${more}</span></dd></div>`;
  return html`<dl class="results wide">${item("Foreground IoU", foregroundIou)}${item("Mean IoU with the background", meanIou)}${item("Mean Dice", meanDice)}${item("Boundary F-score", boundaryF, `, within ${many(Number(tolerance.toFixed(1)), "pixel")}`)}<div><dt>Pixels that are right</dt><dd>${percent(pixelAccuracy.value)} <span>high wherever most is background</span></dd></div></dl>`;
}

const cell = (interval: Interval | null): Markup =>
  interval
    ? html`<td><b>${iou(interval.value)}</b> <span class="score">${iouRange(interval)}</span></td>`
    : html`<td>in no test image</td>`;

const nameOf = (name: string, k: number): Markup =>
  html`<th scope="row">${swatch(k === 0 ? undefined : classColour(k))} <bdi>${name}</bdi></th>`;

function byClass({ perClass }: Segmentation): Markup {
  return html`<h3>By class</h3>${scrollable(
    html`<table class="plain"><thead><tr><th scope="col">Class</th><th scope="col">IoU, 95 %</th><th scope="col">Dice, 95 %</th><th scope="col">Boundary F, 95 %</th><th scope="col">Training images, pixels</th><th scope="col">Test images, pixels</th></tr></thead><tbody>${perClass.map(
      (each, k) =>
        html`<tr>${nameOf(each.class, k)}${cell(each.iou)}${cell(each.dice)}${cell(each.boundaryF)}<td>${count(each.train.images)}, ${pixels(each.train.pixels)}</td><td>${count(each.test.images)}, ${pixels(each.test.pixels)}</td></tr>`,
    )}</tbody></table>`,
    "IoU, Dice and boundary F-score by class",
  )}`;
}

/** A square in a colour of the pictures, which does not change with the page's theme; none for what is left clear. */
const swatch = (colour: string | undefined): Markup =>
  trusted(
    `<svg class="mask-key" viewBox="0 0 12 12" width="12" height="12" aria-hidden="true"><rect x=".5" y=".5" width="11" height="11" rx="2" fill="${colour ?? "none"}" stroke="currentColor" stroke-opacity=".4"/></svg>`,
  );

const MEANS: Record<Segmentation["errors"][number]["kind"], string> = {
  "missed object": "of an object of which less than a tenth is found",
  "false object": "of a predicted object where there is next to none",
  "wrong class": "foreground, taken for another class",
  boundary: "beside a true outline, within the tolerance",
  inside: "holes and spilling over, away from outlines",
};

/** All wrong pixels as one bar, a part a kind. */
function kinds({ errors, objects }: Segmentation): Markup {
  if (errors.every(({ pixels: wrong }) => wrong === 0)) return NOTHING;
  let x = 0;
  const rects = errors.map(({ share }, i) => {
    const rect = `<rect x="${(1000 * x).toFixed(1)}" y="0" width="${Math.max(0, 1000 * share - 2).toFixed(1)}" height="30" fill="${ERROR_COLOURS[i]}"/>`;
    x += share;
    return rect;
  });
  const number = (value: number) => count(Math.round(value));
  return html`<h3 class="after">What is wrong about the pixels</h3>${trusted(
    `<svg class="stack" viewBox="0 0 1000 30" preserveAspectRatio="none" aria-hidden="true">${rects.join("")}</svg>`,
  )}<ul class="mask-kinds">${errors.map(
    ({ kind, share, pixels: wrong }, i) =>
      html`<li>${swatch(ERROR_COLOURS[i])}<span><b>${capital(kind)} ${percent(share, 0)}</b> <span class="score">${pixels(wrong)}; ${MEANS[kind]}</span></span></li>`,
  )}</ul><p class="aside">Of ${many(Math.round(objects.true), "object")} in the test images ${number(objects.missed)} are missed and ${number(objects.wrongClass)} taken for another class; ${number(objects.false)} are predicted where there is none. Figures are means over seeds.</p>`;
}

const capital = (text: string): string => text[0].toUpperCase() + text.slice(1);

function worst({ worst: images, perClass }: Segmentation, context: PageContext): Markup {
  // One after the other: each takes of the room that the page has for pictures.
  const shown = images.flatMap((image) => {
    const drawn = context.masks(image.file);
    return drawn && isPredicted(drawn) ? [row(image, context, drawn)] : [];
  });
  if (images.length === 0) return NOTHING;
  if (shown.length === 0)
    return html`<ol class="files" tabindex="0">${images.map((each) => html`<li><bdi>${each.file}</bdi>: IoU ${iou(each.iou)}</li>`)}</ol>`;
  return html`<p class="intro">The test images with the lowest IoU, as the model sees them. Wrong pixels lie over the image in the colour of their kind.</p>${legend(
    perClass.map((each) => each.class),
    true,
  )}<ul class="mask-rows">${shown}</ul><p class="aside">All are in <a href="errors.csv">errors.csv</a>.</p>`;
}

function row(image: MaskedImage, { overlay, picture }: PageContext, drawn: PredictedPictures): Markup {
  const says = kindsOf(image);
  return html`<li><figure><div class="panels">${panel("Image and errors", overlay(image.file, drawn.errors, `Wrong pixels of ${image.file}: ${says}`))}${panel("Truth", picture(drawn.truth, `True mask of ${image.file}`))}${panel("Predicted", picture(drawn.predicted, `Predicted mask of ${image.file}`))}</div><figcaption><b>IoU ${iou(image.iou)}</b> <span class="score">boundary F ${iou(image.boundaryF)} · ${says}</span>${fileName(image.file)}</figcaption></figure></li>`;
}

/** "missed object 120, boundary 31 pixels": the kinds in an image, most pixels first. */
function kindsOf({ errors }: MaskedImage): string {
  const found = errors.map((wrong, i) => ({ wrong, kind: MASK_ERRORS[i] })).filter(({ wrong }) => wrong > 0);
  if (found.length === 0) return "no pixel wrong";
  return `${found
    .sort((a, b) => b.wrong - a.wrong)
    .map(({ wrong, kind }) => `${kind} ${count(Math.round(wrong))}`)
    .join(", ")} pixels`;
}

export const panel = (name: string, drawing: Markup): Markup =>
  html`<div class="panel">${drawing}<span class="panel-name">${name}</span></div>`;

/** What colours mean; the kinds of error only where they are drawn. */
export const legend = (classes: string[], errors: boolean): Markup =>
  html`<ul class="mask-legend">${classes.slice(1).map((name, k) => html`<li>${swatch(classColour(k + 1))}<bdi>${name}</bdi></li>`)}${
    errors &&
    html`<li class="mask-legend-break">Errors:</li>${MASK_ERRORS.map((kind, i) => html`<li>${swatch(ERROR_COLOURS[i])}${kind}</li>`)}`
  }</ul>`;

/** What the fix does to figures and masks, for the first confirmed cause: both are of all fixes together. */
export function afterFix(report: Report, context: PageContext): Markup {
  const { segmentation } = report;
  if (!segmentation) return NOTHING;
  const shown = html`${figuresAfter(segmentation)}${masksAfter(segmentation, context)}`;
  if (shown.text === "") return NOTHING;
  const several = report.causes.filter(({ verdict }) => verdict === "confirmed").length > 1;
  return html`${shown}${several && html`<p class="aside">After is with all confirmed fixes together.</p>`}`;
}

/** Each class before and after, on the same test images. */
function figuresAfter({ after }: Segmentation): Markup {
  if (!after) return NOTHING;
  const { before } = after;
  const pair = (was: Interval | null, is: Interval | null) => html`${cell(was)}${cell(is)}`;
  return html`<div class="images"><h4>Before and after, by class</h4>${scrollable(
    html`<table class="plain before-after"><thead><tr><th scope="col">Class</th>${["IoU", "Dice", "Boundary F"].map(
      (name) => html`<th scope="col">${name} before</th><th scope="col">${name} after</th>`,
    )}</tr></thead><tbody>${after.perClass.map((is, k) => {
      const was = before.perClass[k];
      return html`<tr>${nameOf(is.class, k)}${pair(was.iou, is.iou)}${pair(was.dice, is.dice)}${pair(was.boundaryF, is.boundaryF)}</tr>`;
    })}<tr><th scope="row">Mean</th>${pair(before.meanIou, after.meanIou)}${pair(before.meanDice, after.meanDice)}${pair(before.boundaryF, after.boundaryF)}</tr></tbody></table>`,
    "IoU, Dice and boundary F-score by class, before and after",
  )}<p class="aside">${prose(`${after.says} Intervals are 95 %.`)}</p></div>`;
}

function masksAfter(segmentation: Segmentation, context: PageContext): Markup {
  const { image, picture } = context;
  const shown: Markup[] = [];
  for (const { file } of segmentation.worst) {
    const drawn = context.masks(file);
    if (!drawn?.after || !isPredicted(drawn) || shown.length === AFTER) continue;
    shown.push(
      html`<li><figure><div class="panels four">${panel("Image", image(file))}${panel("Truth", picture(drawn.truth, `True mask of ${file}`))}${panel("Before", picture(drawn.predicted, `Mask of ${file} before the fix`))}${panel("After", picture(drawn.after, `Mask of ${file} after the fix`))}</div><figcaption>${fileName(file)}</figcaption></figure></li>`,
    );
  }
  if (shown.length === 0) return NOTHING;
  return html`<div class="images"><h4>Masks before and after</h4>${legend(
    segmentation.perClass.map((each) => each.class),
    false,
  )}<ul class="mask-rows">${shown}</ul></div>`;
}
