import { thumbnailType } from "../../image/thumbnail.ts";
import { html, type Markup } from "../html.ts";
import type { ReportBundle } from "../schema.ts";

/** Bytes of thumbnails that a page may carry; encoded they are a third more. */
const THUMBNAIL_BYTES = 1_500_000;

/** What the parts of a page share. */
export interface PageContext {
  bundle: ReportBundle;
  /** The image as it goes into a tile; a quiet placeholder where there is no thumbnail. */
  tile(file: string): Markup;
  /** "mug, taken for plate", where the tables know the image. */
  caption(file: string): string | undefined;
}

export function pageContext(bundle: ReportBundle): PageContext {
  let left = THUMBNAIL_BYTES;
  const captions = captionsOf(bundle);
  return {
    bundle,
    tile(file) {
      const bytes = Object.hasOwn(bundle.thumbnails, file) ? bundle.thumbnails[file] : undefined;
      if (!bytes || bytes.length > left) return html`<span class="tile empty">no preview</span>`;
      left -= bytes.length;
      return html`<img class="tile" alt="" loading="lazy" width="96" height="96" src="data:${thumbnailType(bytes)};base64,${Buffer.from(bytes).toString("base64")}">`;
    },
    caption: (file) => captions.get(file),
  };
}

/** Only for images that a page shows: the tables may have a million rows. */
function captionsOf({ report, tables }: ReportBundle): Map<string, string> {
  const shown = new Set(report.causes.flatMap(({ examples }) => examples));
  const captions = new Map<string, string>();
  for (const { file, given_label, predicted_label } of tables.label_issues)
    if (shown.has(file) && given_label !== predicted_label)
      captions.set(file, `${given_label}, suggested ${predicted_label}`);
  for (const { file, label, predicted } of tables.errors)
    if (shown.has(file) && label !== predicted) captions.set(file, `${label}, taken for ${predicted}`);
  return captions;
}

/** The last part of a path; the whole stands in its title. */
export function fileName(file: string): Markup {
  const short = file.split("/").pop() || file;
  return html`<bdi class="file" title="${file}">${short}</bdi>`;
}

/** A section of the page with its heading; nothing where there is nothing to show. */
export interface Section {
  id: string;
  title: string;
  /** In the navigation; shorter than the title. */
  short: string;
  body: Markup;
}
