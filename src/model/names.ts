/** Names as users write them: tfjs' camelCase and Keras' snake_case are one. */

/** kernel_size -> kernelSize; beta_1 -> beta1; what is camelCase already stays. */
export const camel = (name: string): string => name.replace(/_+([a-z0-9])/gi, (_, next: string) => next.toUpperCase());

/** The same key for every way of writing a name. */
export const plain = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, "");

/** Finds `name` among names whatever its style, with further spellings. */
export function findName<Name extends string>(
  name: string,
  known: readonly Name[],
  aliases: Record<string, Name> = {},
): Name | undefined {
  const wanted = plain(name);
  return known.find((candidate) => plain(candidate) === wanted) ?? aliases[wanted];
}

/** Keys of objects in camelCase at every depth; values stay. */
export function camelKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(camelKeys);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [camel(key), camelKeys(member)]));
}

/** The known name with the fewest edits from `name` (Levenshtein 1966), where they have enough in common. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  let best: { name: string; distance: number } | undefined;
  for (const candidate of known) {
    const distance = edits(plain(name), plain(candidate));
    if (distance <= Math.max(2, candidate.length / 2) && distance < (best?.distance ?? Number.POSITIVE_INFINITY))
      best = { name: candidate, distance };
  }
  return best?.name;
}

/** "Did you mean x?" where a name is near, otherwise the list. */
export function suggestion(name: string, known: readonly string[]): string {
  const near = nearestName(name, known);
  return near ? `Did you mean ${near}?` : `Known are ${known.join(", ")}.`;
}

function edits(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
    row = next;
  }
  return row[b.length];
}
