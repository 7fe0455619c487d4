import { type Paint, paintedMap } from "../image/mask-picture.ts";
import { IGNORE } from "../stats/mask.ts";
import { MASK_ERRORS } from "../stats/mask-errors.ts";
import type { ReportBundle } from "./schema.ts";

/** PNGs of one image's masks, at the model's size. */
export interface MaskPictures {
  truth: Uint8Array;
  predicted?: Uint8Array;
  after?: Uint8Array;
  errors?: Uint8Array;
}

/** Colours that stay apart with any colour vision (Okabe and Ito 2008), in the order of `MASK_ERRORS`. */
export const ERROR_COLOURS = ["#d55e00", "#0072b2", "#cc79a7", "#f0e442", "#009e73"] as const satisfies {
  length: (typeof MASK_ERRORS)["length"];
};

/** The same of classes, the background left clear (Tol 2021, "bright"). More classes than colours begin again, darker. */
const CLASS_COLOURS = ["#4477aa", "#ee6677", "#228833", "#ccbb44", "#66ccee", "#aa3377"];
export function classColour(k: number): string {
  const round = Math.floor((k - 1) / CLASS_COLOURS.length);
  const colour = CLASS_COLOURS[(k - 1) % CLASS_COLOURS.length];
  return round === 0
    ? colour
    : `#${paintOf(colour)
        .slice(0, 3)
        .map((value) =>
          Math.round(value * 0.7 ** round)
            .toString(16)
            .padStart(2, "0"),
        )
        .join("")}`;
}
/** What is left out of training and figures. */
export const IGNORED_COLOUR = "#bbbbbb";

function paintOf(colour: string): Paint {
  const part = (at: number) => Number.parseInt(colour.slice(at, at + 2), 16);
  return [part(1), part(3), part(5), 255];
}

const ofClass = (value: number): Paint | undefined =>
  value === 0 ? undefined : paintOf(value === IGNORE ? IGNORED_COLOUR : classColour(value));
const ofError = (value: number): Paint | undefined =>
  value >= 1 && value <= MASK_ERRORS.length ? paintOf(ERROR_COLOURS[value - 1]) : undefined;

/** Draws all masks of a bundle. */
export async function maskPictures({ masks = {} }: ReportBundle): Promise<Record<string, MaskPictures>> {
  const drawn: Record<string, MaskPictures> = {};
  for (const [file, { truth, predicted, after, errors }] of Object.entries(masks))
    drawn[file] = {
      truth: await paintedMap(truth, ofClass),
      ...(predicted ? { predicted: await paintedMap(predicted, ofClass) } : {}),
      ...(after ? { after: await paintedMap(after, ofClass) } : {}),
      ...(errors ? { errors: await paintedMap({ ...truth, values: errors }, ofError) } : {}),
    };
  return drawn;
}
