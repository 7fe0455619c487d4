/** Masks of drawn scenes with probabilities that were never on disk: scored for their labels and measured, image by image. */
import { random } from "../../src/random.ts";
import type { Mask } from "../../src/stats/mask.ts";
import { scoreMask } from "../../src/stats/mask-label-score.ts";
import { type ImageScore, measureSegmentation, scoreImage } from "../../src/stats/segmentation.ts";
import { optionsOf, serve } from "./serve.ts";

const { images, side } = optionsOf<{ images: number; side: number }>();
const CLASSES = 3;
const OBJECTS = 40;

/** Discs, some of them missing, shifted or of another class in the prediction; the model is less sure at outlines. */
function draw(seed: number): { truth: Mask; probabilities: Float32Array } {
  const chance = random(seed);
  const values = new Uint8Array(side * side);
  const probabilities = new Float32Array(side * side * CLASSES);
  for (let p = 0; p < probabilities.length; p += CLASSES) {
    probabilities[p] = 0.96;
    probabilities[p + 1] = 0.02;
    probabilities[p + 2] = 0.02;
  }
  for (let object = 0; object < OBJECTS; object++) {
    const radius = side * (0.01 + 0.04 * chance.float());
    const [x, y] = [side * chance.float(), side * chance.float()];
    const given = 1 + chance.int(CLASSES - 1);
    const fate = chance.float();
    const said = fate < 0.05 ? 0 : fate < 0.1 ? CLASSES - given : given;
    const shift = 3 * chance.float();
    const reach = Math.ceil(radius + shift);
    for (let row = Math.max(0, Math.floor(y - reach)); row < Math.min(side, y + reach); row++)
      for (let column = Math.max(0, Math.floor(x - reach)); column < Math.min(side, x + reach); column++) {
        const pixel = row * side + column;
        if (Math.hypot(column - x, row - y) < radius) values[pixel] = given;
        const inside = radius - Math.hypot(column - x - shift, row - y);
        if (inside < 0) continue;
        const sure = Math.min(0.97, 0.5 + 0.1 * inside);
        for (let k = 0; k < CLASSES; k++)
          probabilities[CLASSES * pixel + k] = k === said ? sure : (1 - sure) / (CLASSES - 1);
      }
  }
  return { truth: { values, height: side, width: side }, probabilities };
}

function mostProbable(probabilities: Float32Array): Mask {
  const values = new Uint8Array(side * side);
  for (let i = 0, p = 0; i < values.length; i++, p += CLASSES)
    for (let k = 1; k < CLASSES; k++) if (probabilities[p + k] > probabilities[p + values[i]]) values[i] = k;
  return { values, height: side, width: side };
}

await serve(() => {
  const kept: { score: number; regions: number }[] = [];
  const scores: ImageScore[] = [];
  let scoring = 0;
  let measuring = 0;
  for (let image = 0; image < images; image++) {
    const { truth, probabilities } = draw(image + 1);
    const started = performance.now();
    const { score, regions } = scoreMask(probabilities, truth, CLASSES);
    const scored = performance.now();
    scores.push(scoreImage(truth, mostProbable(probabilities), CLASSES));
    kept.push({ score, regions: regions.length });
    scoring += scored - started;
    measuring += performance.now() - scored;
  }
  const { meanIou } = measureSegmentation([scores], CLASSES, { seed: 1 });
  const suspects = kept.reduce((sum, { regions }) => sum + regions, 0);
  return { scoring: scoring / 1000, measuring: measuring / 1000, meanIou: meanIou.value, suspects };
});
