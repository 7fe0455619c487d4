import { html, type Markup, NOTHING } from "../html.ts";

/** A line of a recipe that stays, goes or comes. */
export interface DiffLine {
  kind: "same" | "gone" | "new";
  text: string;
}

/** Longer recipes are shown as their new state only. */
const MOST_LINES = 400;
const LINE = 84;

/** The change of a recipe: what goes and what comes, and its JSON to copy. */
export function changeBlock(change: unknown, recipe: unknown, name: string): Markup {
  if (change === undefined || change === null) return NOTHING;
  const lines = recipeDiff(recipe, change);
  return html`<div class="change"><p class="change-title">In the recipe</p><pre class="diff" tabindex="0" role="region" aria-label="Change of the recipe: ${name}">${lines.map(
    ({ kind, text }) => html`<span class="${kind}">${SIGNS[kind]} ${text}\n</span>`,
  )}</pre><details><summary>As JSON, to copy</summary><pre class="json" tabindex="0" role="region" aria-label="JSON of the change: ${name}">${JSON.stringify(change, null, 2)}</pre></details></div>`;
}

const SIGNS = { same: " ", gone: "−", new: "+" } as const;

/** The fields that the change names, before and after. */
export function recipeDiff(recipe: unknown, change: unknown): DiffLine[] {
  const after = recipeLines(mergedInto(recipe, change));
  const before = recipe === undefined ? [] : recipeLines(onlyFields(recipe, change));
  if (before.length + after.length > MOST_LINES || before.length === 0)
    return after.map((text) => ({ kind: "new", text }));
  return diff(before, after);
}

/** JSON with what fits on a line on one line: a layer of an architecture reads as one. */
export function recipeLines(value: unknown, indent = "", lead = ""): string[] {
  const flat =
    JSON.stringify(value)?.replace(/("(?:[^"\\]|\\.)*")|([,:])/g, (_, text, sign) => text ?? `${sign} `) ?? "null";
  const holds = value !== null && typeof value === "object" && Object.keys(value).length > 0;
  const isList = Array.isArray(value);
  const layers = isList && value.length > 1 && value.every(isObject);
  if (
    !holds ||
    (!layers && indent !== "" && indent.length + lead.length + flat.length <= LINE && !flat.includes("}, {"))
  )
    return [indent + lead + flat];
  const inner = Object.entries(value).flatMap(([key, each], i, all) => {
    const lines = recipeLines(each, `${indent}  `, isList ? "" : `${JSON.stringify(key)}: `);
    return i < all.length - 1 ? [...lines.slice(0, -1), `${lines[lines.length - 1]},`] : lines;
  });
  return [`${indent}${lead}${isList ? "[" : "{"}`, ...inner, `${indent}${isList ? "]" : "}"}`];
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === "object" && !Array.isArray(value);

/** Objects are gone into; lists and figures replace what was there. */
function mergedInto(recipe: unknown, change: unknown): unknown {
  if (!isObject(change)) return change;
  return Object.fromEntries(
    Object.entries(change).map(([key, value]) => [key, mergedInto(isObject(recipe) ? recipe[key] : undefined, value)]),
  );
}

function onlyFields(recipe: unknown, change: unknown): unknown {
  if (!isObject(change) || !isObject(recipe)) return recipe;
  return Object.fromEntries(
    Object.entries(change).flatMap(([key, value]) => (key in recipe ? [[key, onlyFields(recipe[key], value)]] : [])),
  );
}

/** Longest common subsequence of lines. */
function diff(before: string[], after: string[]): DiffLine[] {
  const longest = Array.from({ length: before.length + 1 }, () => new Uint16Array(after.length + 1));
  for (let i = before.length - 1; i >= 0; i--)
    for (let j = after.length - 1; j >= 0; j--)
      longest[i][j] =
        before[i] === after[j] ? longest[i + 1][j + 1] + 1 : Math.max(longest[i + 1][j], longest[i][j + 1]);
  const lines: DiffLine[] = [];
  let [i, j] = [0, 0];
  while (i < before.length || j < after.length) {
    if (i < before.length && j < after.length && before[i] === after[j]) {
      lines.push({ kind: "same", text: before[i++] });
      j++;
    } else if (i < before.length && (j === after.length || longest[i + 1][j] >= longest[i][j + 1]))
      lines.push({ kind: "gone", text: before[i++] });
    else lines.push({ kind: "new", text: after[j++] });
  }
  return lines;
}
