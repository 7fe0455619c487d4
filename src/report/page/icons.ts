import type { Verdict } from "../../causes/types.ts";
import { html, type Markup, trusted } from "../html.ts";
import { VERDICT_WORDS } from "../words.ts";

/** One sign a verdict, drawn, so that it looks the same everywhere. 16 x 16. */
const PATHS: Record<Verdict, string> = {
  confirmed: '<circle cx="8" cy="8" r="8"/><path class="cut" d="M4.4 8.3l2.5 2.5 4.8-5.3"/>',
  present: '<circle class="outline" cx="8" cy="8" r="7"/><circle cx="8" cy="8" r="3.2"/>',
  suspected:
    '<circle class="outline" cx="8" cy="8" r="7"/><path class="stroke" d="M6 6.2c.2-2.7 4.2-2.5 4 0-.1 1.4-1.9 1.5-1.9 3M8.1 11.6v.3"/>',
  refuted: '<circle class="outline" cx="8" cy="8" r="7"/><path class="stroke" d="M5.4 5.4l5.2 5.2M10.6 5.4l-5.2 5.2"/>',
  cleared: '<circle class="outline" cx="8" cy="8" r="7"/><path class="stroke" d="M4.9 8.3l2.1 2.1 4-4.4"/>',
  "not-applicable": '<circle class="outline" cx="8" cy="8" r="7"/><path class="stroke" d="M5 8h6"/>',
  "not-tested": '<circle class="outline dashes" cx="8" cy="8" r="7"/>',
};

/** The verdict as sign and word. */
export const verdictPill = (verdict: Verdict): Markup =>
  html`<span class="pill ${verdict}" title="${VERDICT_WORDS[verdict].means}">${icon(verdict)}${VERDICT_WORDS[verdict].word}</span>`;

const icon = (verdict: Verdict): Markup =>
  trusted(`<svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">${PATHS[verdict]}</svg>`);
