/** Markup that may go into a page as it is. Only `html` and `trusted` make it. */
export class Markup {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
  toString(): string {
    return this.text;
  }
}

/** What a template may be filled with: text is escaped, markup stays, nothing is left out. */
export type Filling = Markup | string | number | false | null | undefined | readonly Filling[];

/** A template that escapes what it is filled with, in text and in quoted attributes alike. */
export function html(strings: TemplateStringsArray, ...fillings: Filling[]): Markup {
  let text = strings[0];
  fillings.forEach((filling, i) => {
    text += render(filling) + strings[i + 1];
  });
  return new Markup(text);
}

/** Marks text as markup: for what this program wrote itself, never for names or sentences of a report. */
export const trusted = (text: string): Markup => new Markup(text);

export const NOTHING = new Markup("");

const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/** Control characters cannot be shown; those that turn the direction of text make a name look like another one. */
export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (sign) => ENTITIES[sign]).replace(/(?![\n\t])[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, "�");

function render(filling: Filling): string {
  if (filling === null || filling === undefined || filling === false) return "";
  if (filling instanceof Markup) return filling.text;
  if (typeof filling === "number") return String(filling);
  if (typeof filling === "string") return escapeHtml(filling);
  return filling.map(render).join("");
}
