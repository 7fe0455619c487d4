/** Masks in doubt as rows of the table label_issues: the same inside of the audit set and beyond it. */
import { isDoubted, type maskSuspects } from "../../causes/label-suspects.ts";
import type { LabelIssueRow } from "../../report/schema.ts";

/** What a model says of one given mask. */
type JudgedMask = Omit<ReturnType<typeof maskSuspects>[number], "row">;

/** Part of the masks that are in doubt, above which it is the model that is wrong: then none is flagged. They are ranked all the same. */
const MOST_DOUBTED = 0.25;

/** Whether a model that doubts so many of the masks can be believed. */
export const isBelieved = (doubted: number, judged: number): boolean => doubted <= MOST_DOUBTED * judged;

export function maskIssueRow(
  { file, split }: Pick<LabelIssueRow, "file" | "split">,
  judged: JudgedMask,
  classes: readonly string[],
  believed: boolean,
): LabelIssueRow {
  const name = (k: number) => classes[k] ?? "";
  return {
    file,
    split,
    is_label_issue: believed && isDoubted(judged),
    label_score: judged.score,
    given_label: name(judged.given),
    predicted_label: name(judged.suggested),
    region: judged.box?.join(",") ?? "",
  };
}
