/** What the paths of an image folder or archive mean: `<class>/…` or `<split>/<class>/…`. */
import { type Found, type ListedRow, type Settle, splitNamed } from "./format.ts";
import type { Split } from "./types.ts";

const DECODED = /\.(jpe?g|png|webp|tiff?|gif)$/i;
const OTHER_IMAGES = /\.(bmp|heic|heif|avif|jp2|dcm|nii|ico|psd|svg|raw|cr2|nef)$/i;
/** Hidden files, and what operating systems leave behind. */
const JUNK = /(^|\/)(\.|__MACOSX\/|Thumbs\.db$|desktop\.ini$)/;

export const isImage = (key: string): boolean => DECODED.test(key) && !JUNK.test(key);

/**
 * Rows of image folders, from paths with forward slashes. Folders below the class folder are allowed. A single leading folder around
 * everything is passed over, but kept in `file`. Class names that differ by case only, in different splits, are one class, named as
 * the first found. Holds the folders' names, not the files'.
 */
export class Layout {
  /** Each folder's path with images in it, in the order found. */
  readonly #folders = new Map<string, string[]>();

  /** The row of a path, its label still open; or nothing where it is no image. */
  see(file: string): Found | undefined {
    if (JUNK.test(file)) return undefined;
    if (OTHER_IMAGES.test(file)) return { file, problem: "Images of this kind are not read: save it as PNG or JPEG." };
    if (!DECODED.test(file)) return undefined;
    const folder = folderOf(file);
    if (!this.#folders.has(folder)) this.#folders.set(folder, folder === "" ? [] : folder.split("/"));
    return { file, label: "" };
  }

  /** What the folders mean, now that all are known. */
  settle(): Settle {
    const folders = [...this.#folders.values()];
    const start = leadingFolders(folders);
    const splitFolders = hasSplitFolders(folders, start);
    const at = splitFolders ? start + 1 : start;
    const meanings = new Map<string, { label: string; split?: Split } | { problem: string }>();
    for (const [folder, path] of this.#folders) {
      const split = splitFolders ? splitNamed(path[start] ?? "") : undefined;
      if (splitFolders && !split)
        meanings.set(folder, { problem: "It lies outside of the folders train, validation and test." });
      else if (path.length <= at) meanings.set(folder, { problem: "It lies in no class folder." });
      else meanings.set(folder, { label: path[at], split });
    }
    mergeCases([...meanings.values()].filter((meaning) => "label" in meaning));
    return ({ file }) => ({ file, ...meanings.get(folderOf(file))! }) as ListedRow;
  }
}

const folderOf = (file: string): string => file.slice(0, Math.max(0, file.lastIndexOf("/")));

/** How many folders lie around everything, as archives often have one. Split folders are not counted. */
function leadingFolders(folders: string[][]): number {
  if (folders.length === 0) return 0;
  for (let depth = 0; ; depth++) {
    const name = folders[0][depth];
    if (splitNamed(name ?? "") || !folders.every((path) => path.length > depth + 1 && path[depth] === name))
      return depth;
  }
}

function hasSplitFolders(folders: string[][], start: number): boolean {
  const nested = folders.filter((path) => path.length >= start + 2);
  const tops = new Set(nested.map((path) => path[start]));
  const splits = new Set([...tops].map(splitNamed).filter((split): split is Split => split !== undefined));
  return splits.size >= 2 || (splits.size === 1 && tops.size === [...tops].filter(splitNamed).length);
}

function mergeCases(rows: { label: string; split?: Split }[]): void {
  // Names by lower case, then by split: two names in one split are two classes.
  const names = new Map<string, Map<Split | undefined, Set<string>>>();
  for (const { label, split } of rows) {
    const folded = label.toLowerCase();
    const bySplit = names.get(folded) ?? new Map<Split | undefined, Set<string>>();
    names.set(folded, bySplit);
    bySplit.set(split, (bySplit.get(split) ?? new Set<string>()).add(label));
  }
  const merged = new Map<string, string>();
  for (const [folded, bySplit] of names) {
    const sets = [...bySplit.values()];
    if (sets.every((set) => set.size === 1)) merged.set(folded, [...sets[0]][0]);
  }
  for (const row of rows) row.label = merged.get(row.label.toLowerCase()) ?? row.label;
}
