/** SageMaker Ground Truth's augmented manifests: `source-ref`, a label attribute, and its `<attribute>-metadata` with `class-name`. */
import type { Cell } from "./manifest-rows.ts";

const SUFFIX = "-metadata";

/** A line's fields as a manifest's cells; lines of plain JSON pass unchanged, an object `metadata` unfolded. */
export function fromAugmented(line: Record<string, unknown>): Record<string, Cell> {
  const cells: Record<string, Cell> = {};
  const attribute = "source-ref" in line ? labelAttribute(line) : undefined;
  for (const [name, value] of Object.entries(line)) {
    if (name.endsWith(SUFFIX) && name.slice(0, -SUFFIX.length) in line) continue;
    if (name === attribute) {
      const { "class-name": className } = line[name + SUFFIX] as { "class-name"?: unknown };
      cells.label = cellOf(className ?? value);
    } else if (name === "metadata" && typeof value === "object" && value !== null)
      for (const [inner, each] of Object.entries(value)) cells[inner] = cellOf(each);
    else cells[name] = cellOf(value);
  }
  return cells;
}

/** The attribute that is described as a classification; the only one that is described at all otherwise. */
function labelAttribute(line: Record<string, unknown>): string | undefined {
  const described = Object.keys(line).filter(
    (name) => typeof line[name + SUFFIX] === "object" && line[name + SUFFIX] !== null,
  );
  const isClassification = (name: string) =>
    /classification/.test(String((line[name + SUFFIX] as { type?: unknown }).type));
  return described.find(isClassification) ?? (described.length === 1 ? described[0] : undefined);
}

function cellOf(value: unknown): Cell {
  if (value === null || value === undefined) return "";
  if (typeof value === "string" || typeof value === "number") return value;
  return typeof value === "boolean" ? String(value) : { unusable: JSON.stringify(value).slice(0, 60) };
}
