import { rowsOfClass, withLabels } from "../alter.ts";
import type { Fault } from "../types.ts";

/** Two classes whose difference the images do not show: a part of both is labelled by the toss of a coin, in the test as well. */
export const ambiguitySplit: Fault = {
  id: "ambiguity-split",
  cause: "ambiguity",
  accepted: [],
  family: "limits",
  mendable: false,
  says: "the task asks for what the input does not tell; the test is as undecided as training",
  strengths: { tune: [1], final: [1, 0.9] },
  plant({ data, recipe }, strength, chance) {
    const first = chance.int(data.classes.length - 1);
    const second = first + 1;
    const rows = [first, second]
      .flatMap((label) => rowsOfClass(data, label, "train", "test", "check"))
      .filter(() => chance.float() < Number(strength));
    return { data: withLabels(data, rows, () => (chance.int(2) === 0 ? first : second)), recipe };
  },
  bases: ["mnist", "cifar10", "eth80"],
};
