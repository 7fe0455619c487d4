import { html, type Markup, NOTHING } from "../html.ts";
import type { MaskPictures } from "../mask-pictures.ts";
import type { LabelIssueRow, Report } from "../schema.ts";
import { count, many, percent } from "../words.ts";
import { type Box, fileName, type PageContext, type Section } from "./context.ts";
import { scrollable } from "./figure.ts";
import { isPredicted, panel } from "./masks.ts";

const SUSPECTS = 24;
const MISTAKES = 12;
const ROWS = 20;

/** What to look at: doubtful labels, the surest mistakes, duplicates, slices. */
export function imageSections(context: PageContext): Section[] {
  const masks = context.bundle.report.dataset.task === "segmentation";
  return [
    ...(masks ? [masksInDoubt(context)] : [labels(context), mistakes(context)]),
    duplicates(context),
    slices(context),
  ];
}

function labels({ bundle, tile }: PageContext): Section {
  const flagged = bundle.tables.label_issues.filter(({ is_label_issue }) => is_label_issue);
  const worst = [...flagged]
    .sort((a, b) => a.label_score - b.label_score || (a.file < b.file ? -1 : 1))
    .slice(0, SUSPECTS);
  const card = ({ file, split, label_score, given_label, predicted_label }: LabelIssueRow): Markup =>
    html`<li><figure>${tile(file)}<figcaption><span class="bad">given <b><bdi>${given_label}</bdi></b></span><span class="good">suggested <b><bdi>${predicted_label}</bdi></b></span><span class="score">score ${label_score.toFixed(2)} · ${split}</span>${fileName(file)}</figcaption></figure></li>`;
  return {
    id: "labels",
    title: "Labels in doubt",
    short: "Labels",
    body:
      worst.length === 0
        ? NOTHING
        : html`<p class="intro">${many(flagged.length, "label")} ${flagged.length === 1 ? "is" : "are"} contradicted by models that never saw the image. The score runs from 0 (surely wrong) to 1 (sound).${
            isNoNoise(bundle.report) &&
            html` Label noise is not why the model errs here, so that many of these will be hard images with sound labels.`
          }</p><ul class="tiles suspects">${worst.map(card)}</ul><p class="aside">The worst ${worst.length}. All are in <a href="label_issues.csv">label_issues.csv</a>.</p>`,
  };
}

/** Masks that a model which had not seen them speaks against, with the region where it does. */
function masksInDoubt(context: PageContext): Section {
  const { bundle, image } = context;
  const flagged = bundle.tables.label_issues.filter(({ is_label_issue }) => is_label_issue);
  const worst = [...flagged].sort((a, b) => a.label_score - b.label_score || (a.file < b.file ? -1 : 1));
  const shown = worst.slice(0, SUSPECTS / 2);
  const card = ({ file, split, label_score, given_label, predicted_label, region }: LabelIssueRow): Markup => {
    const drawn = context.masks(file);
    const box = boxOf(region);
    const where = box ? ` Most in doubt: rows ${box[0]} to ${box[2]}, columns ${box[1]} to ${box[3]}.` : "";
    return html`<li><figure>${drawn ? doubted(file, drawn, where, box, context) : image(file)}<figcaption>${
      given_label !== "" &&
      html`<span>in the frame: <span class="bad">given <b><bdi>${given_label}</bdi></b></span>, <span class="good">suggested <b><bdi>${predicted_label}</bdi></b></span></span>`
    }<span class="score">score ${label_score.toFixed(2)} · ${split}</span>${fileName(file)}</figcaption></figure></li>`;
  };
  return {
    id: "labels",
    title: "Masks in doubt",
    short: "Masks in doubt",
    body:
      worst.length === 0
        ? NOTHING
        : html`<p class="intro">${many(flagged.length, "mask")} ${flagged.length === 1 ? "is" : "are"} contradicted by models that never saw the image; a frame marks the region that speaks most against each. The score runs from 0 (surely wrong) to 1 (sound).${
            isNoNoise(bundle.report) &&
            html` Wrong masks are not why the model errs here, so that many of these will be hard images with sound masks.`
          }${
            shown.some(({ file }) => isAlone(context.masks(file))) &&
            html` Where the given mask stands alone the audit trained on the image: the models that doubted it, which had not seen it, are not kept.`
          }</p><ul class="mask-rows">${shown.map(card)}</ul><p class="aside">The worst ${shown.length}. All are in <a href="label_issues.csv">label_issues.csv</a>.</p>`,
  };
}

/** Whether no prediction is kept beside the given mask. */
const isAlone = (drawn: MaskPictures | undefined): boolean => drawn !== undefined && !isPredicted(drawn);

/** The region in doubt over what differs and beside both masks; where no prediction is kept over the image and the given mask. */
function doubted(
  file: string,
  drawn: MaskPictures,
  where: string,
  box: Box | undefined,
  { image, overlay, picture }: PageContext,
): Markup {
  const { truth } = drawn;
  if (!isPredicted(drawn))
    return html`<div class="panels">${panel("Image", image(file, box))}${panel("Given", picture(truth, `Given mask of ${file}.${where}`, box))}</div>`;
  return html`<div class="panels">${panel("Differences", overlay(file, drawn.errors, `Where model and mask of ${file} differ.${where}`, box))}${panel("Given", picture(truth, `Given mask of ${file}`))}${panel("Suggested", picture(drawn.predicted, `Mask that the model suggests for ${file}`))}</div>`;
}

/** "top,left,bottom,right" */
function boxOf(region: string | undefined): Box | undefined {
  const [top, left, bottom, right, ...more] = (region ?? "").split(",").map(Number);
  return more.length === 0 && bottom > top && right > left ? [top, left, bottom, right] : undefined;
}

/** Contradicted labels are only suspects; the experiment says whether labels cost errors. */
const isNoNoise = ({ causes }: Report): boolean =>
  causes.some(({ cause, verdict }) => cause === "label-noise" && (verdict === "refuted" || verdict === "cleared"));

function mistakes({ bundle, tile }: PageContext): Section {
  const worst = bundle.tables.errors.slice(0, MISTAKES);
  return {
    id: "mistakes",
    title: "The surest mistakes",
    short: "Mistakes",
    body:
      worst.length === 0
        ? NOTHING
        : html`<p class="intro">Test images that the most seeds get wrong, with the least probability for their label.</p><ul class="tiles suspects">${worst.map(
            ({ file, label, predicted, probability, errorRate }) =>
              html`<li><figure>${tile(file)}<figcaption><span class="good">label <b><bdi>${label}</bdi></b></span><span class="bad">predicted <b><bdi>${predicted}</bdi></b></span><span class="score">${percent(probability ?? 0, 0)} for its label · wrong in ${percent(errorRate, 0)} of the seeds</span>${fileName(file)}</figcaption></figure></li>`,
          )}</ul><p class="aside">All ${count(bundle.tables.errors.length)} are in <a href="errors.csv">errors.csv</a>.</p>`,
  };
}

function duplicates({ bundle }: PageContext): Section {
  const all = bundle.tables.duplicates;
  const across = all.filter(({ split, duplicate_split }) => split !== duplicate_split);
  const shown = [...across, ...all.filter(({ split, duplicate_split }) => split === duplicate_split)].slice(0, ROWS);
  return {
    id: "duplicates",
    title: "Duplicates",
    short: "Duplicates",
    body:
      all.length === 0
        ? NOTHING
        : html`<p class="intro">${many(all.length, "pair")} of images ${all.length === 1 ? "is" : "are"} the same or nearly so; ${across.length} of them across splits.</p>${scrollable(
            html`<table class="plain"><thead><tr><th scope="col">Image</th><th scope="col">Split, label</th><th scope="col">Duplicate of</th><th scope="col">Split, label</th><th scope="col">Kind</th></tr></thead><tbody>${shown.map(
              (row) =>
                html`<tr><td class="path"><bdi>${row.file}</bdi></td><td>${row.split}, <bdi>${row.label}</bdi></td><td class="path"><bdi>${row.duplicate_of}</bdi></td><td>${row.duplicate_split}, <bdi>${row.duplicate_label}</bdi></td><td>${row.kind}</td></tr>`,
            )}</tbody></table>`,
            "Duplicates",
          )}${shown.length < all.length ? html`<p class="aside">All are in <a href="duplicates.csv">duplicates.csv</a>.</p>` : NOTHING}`,
  };
}

function slices({ bundle }: PageContext): Section {
  const all = [...bundle.tables.slices].sort((a, b) => b.errorRate - b.elsewhere - (a.errorRate - a.elsewhere));
  return {
    id: "slices",
    title: "Slices that err more",
    short: "Slices",
    body:
      all.length === 0
        ? NOTHING
        : html`<p class="intro">Parts of the test set where errors gather, and how many training images are like them.</p>${scrollable(
            html`<table class="plain"><thead><tr><th scope="col">Slice</th><th scope="col">Training</th><th scope="col">Test</th><th scope="col">Error rate</th><th scope="col">Elsewhere</th></tr></thead><tbody>${all
              .slice(0, ROWS)
              .map(
                ({ slice, train, test, errorRate, elsewhere }) =>
                  html`<tr><th scope="row"><bdi>${slice}</bdi></th><td>${count(train)}</td><td>${count(test)}</td><td>${percent(errorRate)}</td><td>${percent(elsewhere)}</td></tr>`,
              )}</tbody></table>`,
            "Slices",
          )}${all.length > ROWS ? html`<p class="aside">All are in <a href="slices.csv">slices.csv</a>.</p>` : NOTHING}`,
  };
}
