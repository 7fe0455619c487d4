import { createHash } from "node:crypto";
import { html, trusted } from "../html.ts";
import type { MaskPictures } from "../mask-pictures.ts";
import type { ReportBundle } from "../schema.ts";
import { many } from "../words.ts";
import { causeSections } from "./causes.ts";
import { classesSection } from "./classes.ts";
import { pageContext, type Section } from "./context.ts";
import { imageSections } from "./images.ts";
import { lead } from "./lead.ts";
import { masksSections } from "./masks.ts";
import { methodSections } from "./method.ts";
import { SCRIPT } from "./script.ts";
import { STYLE } from "./style.ts";
import { trainingSection } from "./training.ts";

/**
 * The report as one page that opens from disk and asks nothing of the network. The same bundle gives the same text.
 *
 * @param pictures of the bundle's masks
 */
export function renderPage(bundle: ReportBundle, pictures: Record<string, MaskPictures> = {}): string {
  const { report } = bundle;
  const context = pageContext(bundle, pictures);
  const sections = [
    ...causeSections(context),
    classesSection(report),
    ...masksSections(context),
    trainingSection(bundle),
    ...imageSections(context),
    ...methodSections(bundle),
  ].filter(({ body }) => body.text !== "");
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy()}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>Errata: ${report.dataset.name}</title>
<link rel="icon" href="data:image/svg+xml,${encodeURIComponent(ICON)}">
<style>${trusted(STYLE)}</style>
</head>
<body class="${Math.max(report.dataset.shape.height, report.dataset.shape.width) <= TINY && "tiny"}">
<a class="skip" href="#causes">Skip to the causes</a>
<header class="mast"><p class="brand">Errata</p><p class="about"><bdi>${report.dataset.name}</bdi> · ${many(report.dataset.images, "image")} · ${many(report.dataset.classes.length, "class", "classes")}</p>
<nav aria-label="Sections"><ul>${sections.map(({ id, short }) => html`<li><a href="#${id}">${short}</a></li>`)}</ul></nav></header>
<main>
${lead(report)}
${sections.map(section)}
</main>
<footer><p>Written by Errata. Run <bdi>${report.run.id}</bdi>, ${report.schema}.</p></footer>
<script>${trusted(SCRIPT)}</script>
</body>
</html>
`;
  return page.text;
}

const section = ({ id, title, body }: Section) =>
  html`<section id="${id}" aria-labelledby="${id}-heading" tabindex="-1"><h2 id="${id}-heading">${title}</h2>${body}</section>`;

/** Images of at most so many pixels a side are enlarged pixel by pixel. */
const TINY = 48;

/** Nothing but this page's own style and script, and images within it. */
const policy = (): string =>
  `default-src 'none'; img-src data:; style-src '${digest(STYLE)}'; script-src '${digest(SCRIPT)}'; base-uri 'none'; form-action 'none'`;

const digest = (text: string): string => `sha256-${createHash("sha256").update(text).digest("base64")}`;

/** A caret, the mark for something left out. */
const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" rx="3" fill="#a62b1f"/><path d="M3.5 11.5 8 4.5l4.5 7" fill="none" stroke="#fff" stroke-width="2"/></svg>`;
