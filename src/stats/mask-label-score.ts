/** How likely a mask is right, from what a model that has not seen it says of its pixels. */
import { assertAlike, IGNORE, type Mask } from "./mask.ts";
import { near, outlineOf, regionsOf } from "./mask-shape.ts";

/** A connected region where mask and model disagree and the model is sure. */
export interface SuspectRegion {
  /** 0..1, low = bad: mean probability of the given class in the region. */
  score: number;
  given: number;
  predicted: number;
  pixels: number;
  /** Half-open, pixels. */
  box: [top: number, left: number, bottom: number, right: number];
  /** Sum over its pixels, those left out that an outline drawn a little apart explains, of predicted less given probability: how many pixels' worth of disagreement. */
  evidence: number;
}

export interface MaskLabelScore {
  /** 0..1, low = bad. */
  score: number;
  /** Soft minimum of the given class' probability over pixels (Lad and Mueller 2023, section 3). */
  softMinimum: number;
  /** Mean IoU of mask and model over classes but the background; 1 where neither has any. */
  iou: number;
  /** By evidence, the most first. */
  regions: SuspectRegion[];
}

export interface MaskScoreOptions {
  /** Of the soft minimum; towards 0 it is the worst pixel, towards infinity the mean. */
  temperature?: number;
  /** Least lead of the predicted class over the given one for a pixel to count as confident disagreement. */
  margin?: number;
  /** Pixels by which outlines may differ: people draw them a little apart. */
  tolerance?: number;
  /** Regions kept. */
  most?: number;
}

/** Evidence at which a mask's score is one half, as a share of the image's pixels: a small object. It sets the scale, not the order. */
const SMALL_OBJECT = 0.002;

/**
 * Scores one image's mask. Call it image by image as predictions come: nothing is kept between calls, so memory is that of one image.
 *
 * The score falls with the share of the image that regions hold against the mask: 1 / (1 + evidence / small object). It is no share
 * of the mask's objects: where there is much to draw, something is drawn wrong more often. IoU, whose part is at most a tenth,
 * orders masks that nothing speaks against.
 *
 * @param probabilities [height, width, classes], out of sample; floats, or bytes as 255ths
 */
export function scoreMask(
  probabilities: Float32Array | Uint8Array,
  given: Mask,
  classes: number,
  { temperature = 0.1, margin = 0.5, tolerance = 2, most = 20 }: MaskScoreOptions = {},
): MaskLabelScore {
  const { values, height, width } = given;
  if (probabilities.length !== values.length * classes)
    throw new RangeError(
      `There are ${probabilities.length} probabilities for ${width} x ${height} pixels and ${classes} classes.`,
    );
  const unit = probabilities instanceof Uint8Array ? 1 / 255 : 1;
  const predicted = new Uint8Array(values.length);
  // Predicted class + 1 where it is held against the given one with confidence; 0 elsewhere.
  const against = new Uint8Array(values.length);
  let weights = 0;
  let weighted = 0;
  for (let i = 0, p = 0; i < values.length; i++, p += classes) {
    let best = 0;
    for (let k = 1; k < classes; k++) if (probabilities[p + k] > probabilities[p + best]) best = k;
    if (values[i] === IGNORE) continue;
    predicted[i] = best;
    const own = probabilities[p + values[i]] * unit;
    const weight = Math.exp((1 - own) / temperature);
    weights += weight;
    weighted += weight * own;
    if (best !== values[i] && probabilities[p + best] * unit - own >= margin) against[i] = best + 1;
  }
  const said: Mask = { values: predicted, height, width };
  const probability = (pixel: number, k: number) => probabilities[pixel * classes + k] * unit;
  const regions = suspects(probability, given, said, against, tolerance);
  return scored(regions, weights === 0 ? 1 : weighted / weights, foregroundIou(given, said, classes), given, most);
}

/**
 * The same against a mask without probabilities, as somebody else's model left it: each pixel counts as if the model were sure of it,
 * so a doubtful prediction speaks as loudly as a certain one.
 *
 * @param said a class everywhere
 */
export function scoreAgainstMask(
  said: Mask,
  given: Mask,
  classes: number,
  { temperature = 0.1, tolerance = 2, most = 20 }: Omit<MaskScoreOptions, "margin"> = {},
): MaskLabelScore {
  assertAlike(said, given);
  const { values } = given;
  const against = new Uint8Array(values.length);
  let known = 0;
  let agreed = 0;
  for (let i = 0; i < values.length; i++) {
    if (values[i] === IGNORE) continue;
    known++;
    if (said.values[i] === values[i]) agreed++;
    else against[i] = said.values[i] + 1;
  }
  // Probabilities are 1 and 0, so the soft minimum's weights are two.
  const weights = agreed + (known - agreed) * Math.exp(1 / temperature);
  const regions = suspects((i, k) => (said.values[i] === k ? 1 : 0), given, said, against, tolerance);
  return scored(regions, known === 0 ? 1 : agreed / weights, foregroundIou(given, said, classes), given, most);
}

function scored(
  regions: SuspectRegion[],
  softMinimum: number,
  iou: number,
  { values }: Mask,
  most: number,
): MaskLabelScore {
  const evidence = regions.reduce((sum, region) => sum + region.evidence, 0);
  return {
    score: (0.9 + 0.1 * iou) / (1 + evidence / (SMALL_OBJECT * values.length)),
    softMinimum,
    iou,
    regions: regions.slice(0, most),
  };
}

function suspects(
  probability: (pixel: number, k: number) => number,
  given: Mask,
  said: Mask,
  against: Uint8Array,
  tolerance: number,
): SuspectRegion[] {
  const { values, height, width } = given;
  // Given and predicted class as one value would not fit a byte: a region may cross given classes, the commonest counts.
  const { regionOf, pixels, values: marks } = regionsOf({ values: against, height, width });
  const drawnApart = outlinesDrawnApart(given, said, tolerance);
  const found = Array.from(pixels, (count, r): SuspectRegion & { own: number; classes: Map<number, number> } => ({
    score: 0,
    given: 0,
    predicted: marks[r] - 1,
    pixels: count,
    box: [height, width, 0, 0],
    evidence: 0,
    own: 0,
    classes: new Map(),
  }));
  for (let i = 0; i < regionOf.length; i++) {
    if (regionOf[i] < 0) continue;
    const region = found[regionOf[i]];
    const own = probability(i, values[i]);
    region.own += own;
    if (!drawnApart(i)) region.evidence += probability(i, region.predicted) - own;
    region.classes.set(values[i], (region.classes.get(values[i]) ?? 0) + 1);
    const x = i % width;
    const y = (i - x) / width;
    const { box } = region;
    box[0] = Math.min(box[0], y);
    box[1] = Math.min(box[1], x);
    box[2] = Math.max(box[2], y + 1);
    box[3] = Math.max(box[3], x + 1);
  }
  return found
    .map(({ own, classes: counts, ...region }): SuspectRegion => {
      const [commonest] = [...counts].reduce((best, each) => (each[1] > best[1] ? each : best));
      return { ...region, score: own / region.pixels, given: commonest };
    })
    .sort((a, b) => b.evidence - a.evidence || b.pixels - a.pixels);
}

/**
 * Whether a disagreement may be no more than an outline drawn a little apart: within `tolerance` pixels, mask and model agree on the
 * given class, and they agree on the predicted one. An object that only one of them knows is not excused, however small.
 */
function outlinesDrawnApart(given: Mask, said: Mask, tolerance: number): (pixel: number) => boolean {
  const { values, height, width } = given;
  const agreed = values.slice();
  for (let i = 0; i < agreed.length; i++) if (values[i] !== said.values[i]) agreed[i] = IGNORE;
  // The agreed pixel that is nearest to a disagreement lies on the rim of its region.
  const rim = outlineOf({ values: agreed, height, width });
  const close = new Map<number, Uint8Array>();
  const closeTo = (k: number): Uint8Array => {
    let found = close.get(k);
    if (!found) {
      found = near(
        rim.filter((pixel) => agreed[pixel] === k),
        height,
        width,
        tolerance,
      );
      close.set(k, found);
    }
    return found;
  };
  return (pixel) => closeTo(values[pixel])[pixel] === 1 && closeTo(said.values[pixel])[pixel] === 1;
}

/** Mean IoU over the classes but the background; 1 where neither has any. */
function foregroundIou(given: Mask, said: Mask, classes: number): number {
  const [was, is, both] = [new Float64Array(classes), new Float64Array(classes), new Float64Array(classes)];
  for (let i = 0; i < given.values.length; i++) {
    if (given.values[i] === IGNORE) continue;
    was[given.values[i]]++;
    is[said.values[i]]++;
    if (given.values[i] === said.values[i]) both[given.values[i]]++;
  }
  let sum = 0;
  let present = 0;
  for (let k = 1; k < classes; k++)
    if (was[k] + is[k] > 0) {
      sum += both[k] / (was[k] + is[k] - both[k]);
      present++;
    }
  return present > 0 ? sum / present : 1;
}
