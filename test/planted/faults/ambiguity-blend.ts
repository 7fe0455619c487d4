import { bytesOf, repaint, rowsOf, rowsOfClass } from "../alter.ts";
import type { Dataset, Fault, Part } from "../types.ts";

/** A part of the images, in training and test alike, shows two classes at once; the label is one of them at random. */
export const ambiguityBlend: Fault = {
  id: "ambiguity-blend",
  cause: "ambiguity",
  accepted: [],
  family: "limits",
  mendable: false,
  says: "half of each of two things: no label is wrong, and nothing can be retrained away",
  strengths: { tune: [0.5, 0.4], final: [0.45, 0.35] },
  plant({ data, recipe }, strength, chance) {
    const size = bytesOf(data);
    const partner = (label: number) => (label % 2 === 0 ? Math.min(label + 1, data.classes.length - 1) : label - 1);
    const partners = new Map<string, number[]>();
    const rowsLike = (label: number, part: Part): number[] => {
      const key = `${label} ${part}`;
      if (!partners.has(key)) partners.set(key, rowsOfClass(data, label, part));
      return partners.get(key)!;
    };
    const rows = rowsOf(data, "train", "test", "check").filter(() => chance.float() < Number(strength));
    const blended: Dataset = repaint(data, rows, (image, row) => {
      const others = rowsLike(partner(data.labels[row]), data.parts[row]);
      const other = others[chance.int(others.length)];
      for (let i = 0; i < size; i++) image[i] = (data.pixels[row * size + i] + data.pixels[other * size + i]) >> 1;
    });
    return { data: blended, recipe };
  },
};
