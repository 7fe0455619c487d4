import { isDoubted, maskSuspects } from "../../causes/label-suspects.ts";
import { rowWidth } from "../../causes/view.ts";
import type { PackRow } from "../../dataset/pack.ts";
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
import { isBelieved, maskIssueRow } from "./mask-issues.ts";

/** What is known of the images beyond the audit set. */
export interface Beyond extends Judged {
  images: number;
}

interface Judged {
  /** Images that a model which had not seen them has judged; none where it contradicts too many masks to be believed. */
  judged: number;
  suspect: number;
  /** The worst of the suspects. */
  worst: LabelIssueRow[];
}

/** Suspects that are listed at most, the worst of them. */
const LISTED = 20_000;

/** Images of one shard, and what was predicted of them: probabilities, or what is kept of masks, `[images, rowWidth]`. */
interface Block {
  rows: PackRow[];
  values: Float32Array;
}

/** A pass over all that was predicted beyond the audit set, shard by shard. */
type Pass = () => AsyncGenerator<Block>;

/**
 * Labels, or masks, of the images beyond the audit set, judged as those inside of it, in passes over the shards: what is held does not
 * grow with them. No model of the audit was trained on these images. Of a given model nobody knows what it was trained on: of it only
 * the test images are judged.
 */
export async function judgeBeyond(context: StageContext, collected: Collected): Promise<Beyond | undefined> {
  const { intake, beyond: images } = collected;
  if (images === 0) return undefined;
  const { classes, task } = intake;
  const pass = () => blocks(context, collected);
  return { images, ...(task ? await judgeMasks(pass, classes) : await judgeLabels(pass, classes, images)) };
}

async function* blocks(context: StageContext, { intake, shards }: Collected): AsyncGenerator<Block> {
  const width = rowWidth(intake);
  const ofModel = intake.subject.kind === "model";
  for (const shard of shards.keys()) {
    const key = keys.beyond(context.run, shard);
    if (!(await context.store.exists(key))) continue;
    const all = await readFloats(context.store, key);
    const rows = (await readShardRows(context, shard)).filter((row) => row.beyond);
    const kept = [...rows.keys()].filter((i) => !ofModel || rows[i].split === "test");
    const values = new Float32Array(kept.length * width);
    kept.forEach((from, to) => void values.set(all.subarray(from * width, (from + 1) * width), to * width));
    yield { rows: kept.map((i) => rows[i]), values };
  }
}

/** As `findLabelIssues` judges. */
async function judgeLabels(pass: Pass, classes: string[], images: number): Promise<Judged> {
  const labelsOf = ({ rows }: Block) => Int32Array.from(rows, ({ label }) => label);
  const sketch = emptyLabelSketch(images, classes.length);
  for await (const block of pass()) addToLabelSketch(sketch, labelsOf(block), block.values);
  const judged = sketch.row;
  if (judged === 0) return { judged, suspect: 0, worst: [] };
  const scale = labelScale(sketch);
  for await (const block of pass()) scoreAndCount(scale, labelsOf(block), block.values);
  const threshold = labelThreshold(scale.histogram);
  const suspects = gatherSuspects();
  for await (const block of pass()) {
    const scores = scoreLabels(labelsOf(block), block.values, scale.usual, scale.temperature);
    for (const [i, { file, split, label }] of block.rows.entries())
      if (scores.score[i] < threshold)
        suspects.add({
          file,
          split,
          is_label_issue: true,
          label_score: scores.score[i],
          given_label: classes[label],
          predicted_label: classes[suggestedClass(scores, i, label)],
        });
  }
  return { judged, ...suspects.gathered() };
}

/** By the same score, threshold and trust in the model as masks inside of the audit set. */
async function judgeMasks(pass: Pass, classes: string[]): Promise<Judged> {
  const suspects = gatherSuspects();
  let judged = 0;
  for await (const { rows, values } of pass()) {
    judged += rows.length;
    for (const mask of maskSuspects({ classes }, { rows: Int32Array.from(rows.keys()), values }))
      if (isDoubted(mask)) suspects.add(maskIssueRow(rows[mask.row], mask, classes, true));
  }
  const gathered = suspects.gathered();
  return isBelieved(gathered.suspect, judged) ? { judged, ...gathered } : { judged: 0, suspect: 0, worst: [] };
}

/** Counts suspects, and keeps the worst of them. */
function gatherSuspects() {
  let suspect = 0;
  let worst: LabelIssueRow[] = [];
  const keepWorst = () => {
    worst = worst.sort((a, b) => a.label_score - b.label_score).slice(0, LISTED);
  };
  return {
    add(row: LabelIssueRow): void {
      suspect++;
      if (worst.push(row) > 2 * LISTED) keepWorst();
    },
    gathered(): Pick<Judged, "suspect" | "worst"> {
      keepWorst();
      return { suspect, worst };
    },
  };
}
