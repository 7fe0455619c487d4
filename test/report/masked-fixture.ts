import { taskMismatch } from "../../src/causes/task-mismatch.ts";
import { thumbnail } from "../../src/image/thumbnail.ts";
import { encoderDecoder } from "../../src/model/encoder-decoder.ts";
import { random } from "../../src/random.ts";
import type { MaskedImage, MaskFigures, ReportBundle, Segmentation, ShownMasks } from "../../src/report/schema.ts";
import type { Mask } from "../../src/stats/mask.ts";
import { splitErrors } from "../../src/stats/mask-errors.ts";
import {
  imageIou,
  measureSegmentation,
  scoreImage,
  usualTolerance,
  worstImages,
} from "../../src/stats/segmentation.ts";
import { maskedScenes, SCENE_CLASSES } from "../support/masked-scenes.ts";
import { around, experimentOf, findingOf } from "./findings.ts";
import { bundleFixture, HOSTILE } from "./fixture.ts";

const SIZE = 48;
const IMAGES = 24;
const CLASSES = SCENE_CLASSES.length;
/** A training image whose mask is in doubt: nothing is predicted for it. */
export const DOUBTED_IN_TRAINING = "train/scene.png";

/** A mask as a poor model gives it: one object missed, one made up, one of another class, outlines shifted. */
function spoilt({ values, height, width }: Mask, i: number, strength: number): Mask {
  const chance = random(100 + i);
  const said = new Uint8Array(values.length);
  const [down, right] = [chance.int(2 * strength + 1) - strength, chance.int(2 * strength + 1) - strength];
  const missed = strength > 1 && i % 4 === 1;
  const other = strength > 1 && i % 4 === 2;
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const [fromY, fromX] = [y - down, x - right];
      const inside = fromY >= 0 && fromY < height && fromX >= 0 && fromX < width;
      const was = inside && !missed ? values[fromY * width + fromX] : 0;
      said[y * width + x] = other && was > 0 ? 3 - was : was;
      if (strength > 1 && i % 3 === 0 && y < 8 && x > width - 10) said[y * width + x] = 1;
    }
  return { values: said, height, width };
}

/** A report of masks, its figures and pictures made by the functions that an audit uses, of scenes with exact masks. For tests only. */
export async function maskedFixture(): Promise<ReportBundle> {
  const { pixels, masks } = maskedScenes(IMAGES, SIZE, 5);
  const size = SIZE * SIZE;
  const tolerance = usualTolerance(SIZE, SIZE);
  const files = Array.from({ length: IMAGES }, (_, i) => `test/scene ${String(i).padStart(3, "0")}.png`);
  files[0] = `${HOSTILE.attribute}.png`;
  const truths = files.map(
    (_, i): Mask => ({ values: masks.slice(i * size, (i + 1) * size), height: SIZE, width: SIZE }),
  );
  const before = truths.map((mask, i) => spoilt(mask, i, 4));
  const after = truths.map((mask, i) => spoilt(mask, i, 1));
  const scoresOf = (said: Mask[]) => said.map((mask, i) => scoreImage(truths[i], mask, CLASSES, { tolerance }));
  const scores = scoresOf(before);
  const measured = measureSegmentation([scores], CLASSES, { seed: 1, draws: 100 });
  const fixed = measureSegmentation([scoresOf(after)], CLASSES, { seed: 1, draws: 100 });
  const images = files.map((file, i): MaskedImage => {
    const known = scores[i].boundaryF.filter((value) => !Number.isNaN(value));
    return {
      file,
      iou: imageIou(scores[i]),
      boundaryF: known.reduce((sum, value) => sum + value, 0) / known.length,
      errors: [...scores[i].errors],
    };
  });
  const figuresOf = ({ meanIou, foregroundIou, meanDice, boundaryF, perClass }: typeof measured): MaskFigures => ({
    meanIou,
    foregroundIou,
    meanDice,
    boundaryF,
    perClass: perClass.map(({ iou, dice, boundaryF: outline }, k) => ({
      class: SCENE_CLASSES[k],
      iou,
      dice,
      boundaryF: outline,
    })),
  });
  const sum = (values: number[]) => values.reduce((all, value) => all + value, 0);
  const segmentation: Segmentation = {
    tolerance,
    ...figuresOf(measured),
    pixelAccuracy: measured.pixelAccuracy,
    perClass: figuresOf(measured).perClass.map((each, k) => {
      const { images: shown, pixels: count } = measured.perClass[k];
      return { ...each, train: { images: 10 * shown, pixels: 10 * count }, test: { images: shown, pixels: count } };
    }),
    errors: measured.errors.map(({ kind, share }, i) => ({
      kind,
      pixels: sum(scores.map(({ errors }) => errors[i])),
      share: share.value,
    })),
    objects: {
      true: sum(scores.map(({ objects }) => objects.true)),
      missed: sum(scores.map(({ objects }) => objects.missed)),
      wrongClass: sum(scores.map(({ objects }) => objects.wrongClass)),
      false: sum(scores.map(({ objects }) => objects.false)),
    },
    worst: worstImages(scores, 24).map((i) => images[i]),
    after: {
      says: "With task-mismatch put right the foreground IoU is what the masks on the right show.",
      images: IMAGES,
      seeds: 1,
      before: figuresOf(measured),
      ...figuresOf(fixed),
    },
  };
  const base = await bundleFixture({ thumbnails: false });
  const { report } = base;
  const { says: _says, seeds, errorRate: _errorRate } = report.baseline;
  const { architecture } = encoderDecoder({ height: SIZE, width: SIZE, channels: 3 }, CLASSES);
  const error = 1 - sum(images.map(({ iou }) => iou)) / IMAGES;
  return {
    ...base,
    report: {
      ...report,
      says: "The model's masks are wrong, first of all because of task-mismatch.",
      dataset: {
        ...report.dataset,
        name: "scenes",
        task: "segmentation",
        classes: SCENE_CLASSES,
        images: IMAGES * 11,
        splits: { train: IMAGES * 10, validation: 0, test: IMAGES },
        shape: { height: SIZE, width: SIZE, channels: 3 },
      },
      baseline: { says: "The masks are poor.", seeds, errorRate: around(error) },
      segmentation,
      causes: [
        findingOf("task-mismatch", "confirmed", {
          family: taskMismatch.family,
          share: around(0.6),
          says: "The network is one for classification.",
          experiment: experimentOf(error, 0.2, error),
          remedy: { says: "Use an encoder-decoder.", change: { architecture } },
          images: IMAGES,
          examples: files.slice(0, 6),
        }),
        ...report.causes
          .filter(({ verdict }) => verdict !== "confirmed")
          .filter(({ cause }) => cause !== "task-mismatch")
          .map((each) => ({ ...each, examples: [] })),
      ],
    },
    tables: {
      errors: images.map(({ file, ...mask }) => ({
        file,
        split: "test" as const,
        errorRate: 1 - mask.iou,
        mask,
        causes: { "task-mismatch": 1 },
      })),
      label_issues: [
        {
          file: DOUBTED_IN_TRAINING,
          split: "train",
          is_label_issue: true,
          label_score: 0,
          given_label: "plate",
          predicted_label: "background",
          region: "4,6,20,30",
        },
        ...files.map((file, i) => ({
          file,
          split: "test" as const,
          is_label_issue: i < 4,
          label_score: i / IMAGES,
          given_label: i < 4 ? "background" : "",
          predicted_label: i < 4 ? "mug" : "",
          region: i < 4 ? `0,${SIZE - 10},8,${SIZE}` : "",
        })),
      ],
      duplicates: [],
      slices: [],
    },
    thumbnails: Object.fromEntries(
      await Promise.all(
        [...files, DOUBTED_IN_TRAINING].map(async (file, i) => [
          file,
          await thumbnail({
            pixels: pixels.slice((i % IMAGES) * size * 3, ((i % IMAGES) + 1) * size * 3),
            height: SIZE,
            width: SIZE,
            channels: 3,
          }),
        ]),
      ),
    ),
    masks: {
      ...Object.fromEntries(
        files.map((file, i): [string, ShownMasks] => [
          file,
          {
            truth: truths[i],
            predicted: before[i],
            after: after[i],
            errors: splitErrors(truths[i], before[i], { tolerance }).map,
          },
        ]),
      ),
      [DOUBTED_IN_TRAINING]: { truth: truths[3] },
    },
  };
}
