/** What the paths of an image folder or archive mean: `<class>/…` or `<split>/<class>/…`. */
import { type Listed, type ListedRow, splitNamed } from "./format.ts";
import type { Rejected, Split } from "./types.ts";

const DECODED = /\.(jpe?g|png|webp|tiff?|gif)$/i;
const OTHER_IMAGES = /\.(bmp|heic|heif|avif|jp2|dcm|nii|ico|psd|svg|raw|cr2|nef)$/i;
/** Hidden files, and what operating systems leave behind. */
const JUNK = /(^|\/)(\.|__MACOSX\/|Thumbs\.db$|desktop\.ini$)/;

export const isImage = (key: string): boolean => DECODED.test(key) && !JUNK.test(key);

/**
 * Samples from paths. Folders below the class folder are allowed. A single leading folder around everything is passed over, but kept in `file`.
 * Class names that differ by case only, in different splits, are one class, named as the first found.
 *
 * @param keys paths with forward slashes, in the order that samples get
 */
export function layOut(keys: Iterable<string>): Listed {
  const rejected: Rejected[] = [];
  const paths: string[][] = [];
  for (const key of keys) {
    if (JUNK.test(key)) continue;
    if (DECODED.test(key)) paths.push(key.split("/"));
    else if (OTHER_IMAGES.test(key))
      rejected.push({ file: key, problem: "Images of this kind are not read: save it as PNG or JPEG." });
  }
  const start = leadingFolders(paths);
  const splitFolders = hasSplitFolders(paths, start);
  const rows: ListedRow[] = [];
  for (const path of paths) {
    const file = path.join("/");
    const split = splitFolders ? splitNamed(path[start]) : undefined;
    const at = splitFolders ? start + 1 : start;
    if (splitFolders && !split)
      rejected.push({ file, problem: "It lies outside of the folders train, validation and test." });
    else if (path.length < at + 2) rejected.push({ file, problem: "It lies in no class folder." });
    else rows.push({ file, label: path[at], split });
  }
  mergeCases(rows);
  return { rows, rejected };
}

/** How many folders lie around everything, as archives often have one. Split folders are not counted. */
function leadingFolders(paths: string[][]): number {
  if (paths.length === 0) return 0;
  for (let depth = 0; ; depth++) {
    const name = paths[0][depth];
    if (splitNamed(name) || !paths.every((path) => path.length > depth + 2 && path[depth] === name)) return depth;
  }
}

function hasSplitFolders(paths: string[][], start: number): boolean {
  const nested = paths.filter((path) => path.length >= start + 3);
  const tops = new Set(nested.map((path) => path[start]));
  const splits = new Set([...tops].map(splitNamed).filter((split): split is Split => split !== undefined));
  return splits.size >= 2 || (splits.size === 1 && tops.size === [...tops].filter(splitNamed).length);
}

function mergeCases(rows: ListedRow[]): void {
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
