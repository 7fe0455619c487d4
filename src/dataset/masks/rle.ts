/** COCO's run lengths: pixels column by column, runs of 0 and 1 in turns, 0 first. */

/** What is wrong with run lengths, in words for the user. */
export class RunLengthProblem extends Error {}

/**
 * Run lengths from COCO's compressed text: each number in groups of 5 bits, low group first, as characters from "0" on; bit 6 says
 * that more follow, and from the third number on it is the difference to the number two before.
 *
 * @param most numbers that the image can have
 * @throws RunLengthProblem
 */
export function unpackRunLengths(text: string, most: number): number[] {
  const counts: number[] = [];
  for (let at = 0; at < text.length; ) {
    let value = 0;
    let group = 0;
    let bits: number;
    do {
      if (at >= text.length) throw new RunLengthProblem("The compressed run lengths end within a number.");
      bits = text.charCodeAt(at++) - 48;
      if (bits < 0 || bits > 63)
        throw new RunLengthProblem(`The character ${JSON.stringify(text[at - 1])} has no place in them.`);
      if (group > 5) throw new RunLengthProblem("The compressed run lengths hold a number of more than 30 bits.");
      value += (bits & 31) * 2 ** (5 * group++);
    } while (bits & 32);
    if (bits & 16) value -= 2 ** (5 * group);
    if (counts.length > 2) value += counts[counts.length - 2];
    counts.push(value);
    if (counts.length > most) throw new RunLengthProblem(`There are more than ${most} runs.`);
  }
  return counts;
}

/**
 * Calls `fill` for each run of ones that lies in one column: rows `[from, to)` of `column`.
 *
 * @throws RunLengthProblem where the runs are negative, no whole numbers, or do not cover height x width pixels
 */
export function forRuns(
  counts: readonly number[],
  height: number,
  width: number,
  fill: (column: number, from: number, to: number) => void,
): void {
  const pixels = height * width;
  let at = 0;
  for (let i = 0; i < counts.length; i++) {
    const count = counts[i];
    if (!Number.isInteger(count) || count < 0)
      throw new RunLengthProblem(`The run length ${count} is no whole number from 0.`);
    if (at + count > pixels)
      throw new RunLengthProblem(`The runs cover more than the ${pixels} pixels of ${width} x ${height}.`);
    if (i % 2 === 1)
      for (let done = 0; done < count; ) {
        const row = (at + done) % height;
        const part = Math.min(count - done, height - row);
        fill((at + done - row) / height, row, row + part);
        done += part;
      }
    at += count;
  }
  if (at !== pixels)
    throw new RunLengthProblem(`The runs cover ${at} of the ${pixels} pixels of ${width} x ${height}.`);
}
