import { thumbnailType } from "../../image/thumbnail.ts";
import { html, type Markup, trusted } from "../html.ts";
import type { MaskPictures } from "../mask-pictures.ts";
import type { ReportBundle } from "../schema.ts";

/** Bytes of thumbnails that a page may carry; encoded they are a third more. */
const THUMBNAIL_BYTES = 1_500_000;

/** What the parts of a page share. */
export interface PageContext {
  bundle: ReportBundle;
  /** The image as it goes into a tile; a quiet placeholder where there is no thumbnail. */
  tile(file: string): Markup;
  /**
   * The image, a drawing of its size, and the drawing over the image: as large as the place allows, in the model's proportions.
   * `box` is framed.
   */
  image(file: string, box?: Box): Markup;
  picture(png: Uint8Array, alt: string, box?: Box): Markup;
  overlay(file: string, png: Uint8Array, alt: string, box?: Box): Markup;
  /** Drawn masks of an image, while the page has room for them. */
  masks(file: string): MaskPictures | undefined;
  /** "mug, taken for plate", where the tables know the image. */
  caption(file: string): string | undefined;
}

/** Part of an image, half-open, pixels at the model's size. */
export type Box = readonly [top: number, left: number, bottom: number, right: number];

export function pageContext(bundle: ReportBundle, pictures: Record<string, MaskPictures> = {}): PageContext {
  let left = THUMBNAIL_BYTES;
  const captions = captionsOf(bundle);
  const { height, width } = bundle.report.dataset.shape;
  const source = (bytes: Uint8Array, type: string) => `data:${type};base64,${Buffer.from(bytes).toString("base64")}`;
  const img = (bytes: Uint8Array, type: string, alt: string, name: string) =>
    html`<img class="${name}" alt="${alt}" loading="lazy" width="${width}" height="${height}" src="${source(bytes, type)}">`;
  const base = (file: string, alt: string) => {
    const bytes = Object.hasOwn(bundle.thumbnails, file) ? bundle.thumbnails[file] : undefined;
    if (!bytes || bytes.length > left) return undefined;
    left -= bytes.length;
    return img(bytes, thumbnailType(bytes), alt, "layer");
  };
  const framed = (made: Markup, box?: Box) =>
    box ? html`<span class="layers">${made}${frame(box, height, width)}</span>` : made;
  return {
    bundle,
    tile(file) {
      const bytes = Object.hasOwn(bundle.thumbnails, file) ? bundle.thumbnails[file] : undefined;
      if (!bytes || bytes.length > left) return html`<span class="tile empty">no preview</span>`;
      left -= bytes.length;
      return html`<img class="tile" alt="" loading="lazy" width="96" height="96" src="data:${thumbnailType(bytes)};base64,${Buffer.from(bytes).toString("base64")}">`;
    },
    image(file, box) {
      const made = base(file, `Image ${file}`);
      return made ? framed(made, box) : html`<span class="tile empty">no preview</span>`;
    },
    picture(png, alt, box) {
      left -= png.length;
      return framed(img(png, "image/png", alt, "layer drawn"), box);
    },
    overlay(file, png, alt, box) {
      left -= png.length;
      const under = base(file, "");
      return html`<span class="layers">${under}${img(png, "image/png", alt, `layer drawn ${under ? "over" : ""}`)}${box && frame(box, height, width)}</span>`;
    },
    masks(file) {
      const drawn = Object.hasOwn(pictures, file) ? pictures[file] : undefined;
      const size = drawn ? Object.values(drawn).reduce((sum, { length }) => sum + length, 0) : 0;
      return size <= left ? drawn : undefined;
    },
    caption: (file) => captions.get(file),
  };
}

/** A region as a frame of two colours, one of which stands out from whatever it lies on. */
function frame([top, left, bottom, right]: Box, height: number, width: number): Markup {
  const at = `x="${left}" y="${top}" width="${right - left}" height="${bottom - top}"`;
  return trusted(
    `<svg class="frame" viewBox="0 0 ${width} ${height}" preserveAspectRatio="none" aria-hidden="true"><rect ${at}/><rect class="inner" ${at}/></svg>`,
  );
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
