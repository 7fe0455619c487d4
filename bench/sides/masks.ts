/** Masks of drawn scenes with probabilities that were never on disk: scored for their labels and measured, image by image. */
import { scoreMask } from "../../src/stats/mask-label-score.ts";
import { saidMask } from "../../src/stats/mask-row.ts";
import { type ImageScore, measureSegmentation, scoreImage } from "../../src/stats/segmentation.ts";
import { CLASSES, drawScene } from "../mask-scenes.ts";
import { optionsOf, serve } from "./serve.ts";

const { images, side } = optionsOf<{ images: number; side: number }>();

await serve(() => {
  const kept: { score: number; regions: number }[] = [];
  const scores: ImageScore[] = [];
  let scoring = 0;
  let measuring = 0;
  for (let image = 0; image < images; image++) {
    const scene = drawScene(image + 1, side);
    const started = performance.now();
    const { score, regions } = scoreMask(scene.probabilities, scene.truth, CLASSES);
    const scored = performance.now();
    scores.push(scoreImage(scene.truth, saidMask(scene.probabilities, scene.truth, CLASSES), CLASSES));
    kept.push({ score, regions: regions.length });
    scoring += scored - started;
    measuring += performance.now() - scored;
  }
  const { meanIou } = measureSegmentation([scores], CLASSES, { seed: 1 });
  const suspects = kept.reduce((sum, { regions }) => sum + regions, 0);
  return { scoring: scoring / 1000, measuring: measuring / 1000, meanIou: meanIou.value, suspects };
});
