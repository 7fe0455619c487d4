import type { LabelIssueRow } from "../../report/schema.ts";
import {
  addToLabelSketch,
  emptyLabelSketch,
  labelScale,
  scoreAndCount,
  suggestedClass,
} from "../../stats/label-issues.ts";
import { scoreLabels } from "../../stats/label-score.ts";
import { labelThreshold } from "../../stats/label-threshold.ts";
import type { StageContext } from "../stage.ts";
import { type Collected, readFloats, readShardRows } from "./collected.ts";
import { keys } from "./keys.ts";

/** What is known of the images beyond the audit set. */
export interface Beyond {
  images: number;
  /** Of these, images that a model which had not seen them has judged. */
  judged: number;
  suspect: number;
  /** The worst of the suspects. */
  worst: LabelIssueRow[];
}

/** Suspects that are listed at most, the worst of them. */
const LISTED = 20_000;

/**
 * Labels of the images beyond the audit set, judged as `findLabelIssues` judges, in passes over the shards: what is held does not grow
 * with them. No model of the audit was trained on these images. Of a given model nobody knows what it was trained on: of it only the
 * test images are judged.
 */
export async function judgeBeyond(
  context: StageContext,
  { intake, beyond, shards }: Collected,
): Promise<Beyond | undefined> {
  // Masks beyond the audit set are not judged yet.
  if (beyond === 0 || intake.task) return undefined;
  const classes = intake.classes.length;
  const ofModel = intake.subject.kind === "model";
  async function* blocks() {
    for (const shard of shards.keys()) {
      const key = keys.beyond(context.run, shard);
      if (!(await context.store.exists(key))) continue;
      const values = await readFloats(context.store, key);
      const rows = (await readShardRows(context, shard)).filter((row) => row.beyond);
      const kept = [...rows.keys()].filter((i) => !ofModel || rows[i].split === "test");
      const probabilities = new Float32Array(kept.length * classes);
      kept.forEach((from, to) => {
        probabilities.set(values.subarray(from * classes, (from + 1) * classes), to * classes);
      });
      yield { rows: kept.map((i) => rows[i]), labels: Int32Array.from(kept, (i) => rows[i].label), probabilities };
    }
  }
  const sketch = emptyLabelSketch(beyond, classes);
  for await (const { labels, probabilities } of blocks()) addToLabelSketch(sketch, labels, probabilities);
  const judged = sketch.row;
  if (judged === 0) return { images: beyond, judged, suspect: 0, worst: [] };
  const scale = labelScale(sketch);
  for await (const { labels, probabilities } of blocks()) scoreAndCount(scale, labels, probabilities);
  const threshold = labelThreshold(scale.histogram);
  let suspect = 0;
  let worst: LabelIssueRow[] = [];
  const keepWorst = (most: number) => {
    if (worst.length > most) worst = worst.sort((a, b) => a.label_score - b.label_score).slice(0, LISTED);
  };
  for await (const { rows, labels, probabilities } of blocks()) {
    const scores = scoreLabels(labels, probabilities, scale.usual, scale.temperature);
    const { score } = scores;
    for (const [i, { file, split, label }] of rows.entries()) {
      if (score[i] >= threshold) continue;
      suspect++;
      worst.push({
        file,
        split,
        is_label_issue: true,
        label_score: score[i],
        given_label: intake.classes[label],
        predicted_label: intake.classes[suggestedClass(scores, i, label)],
      });
    }
    keepWorst(2 * LISTED);
  }
  keepWorst(LISTED);
  return { images: beyond, judged, suspect, worst };
}
