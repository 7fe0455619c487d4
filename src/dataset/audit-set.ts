/** Which images of a large dataset are audited. */
import { random } from "../random.ts";

/** Images that an audit holds, trains on and reports one by one, about: a dataset up to this size is audited whole. */
const AUDIT_SET = 100_000;
/** Images of a class that are taken in any case. */
const LEAST = 200;

/**
 * A simple random sample within each class, in the dataset's own shares but for rare classes, of which all or about `LEAST` are taken.
 * Each image is chosen or not by itself, so nothing needs to be held.
 *
 * @param counts images of each class
 * @returns whether the next image, of that class, is in the set; to be asked once an image, in the dataset's order
 */
export function auditSet(counts: Int32Array, seed: number, size = AUDIT_SET): (label: number) => boolean {
  const images = counts.reduce((sum, count) => sum + count, 0);
  if (images <= size) return () => true;
  const chance = random(seed);
  const shares = Array.from(counts, (count) => Math.max(size / images, LEAST / count));
  return (label) => chance.float() < shares[label];
}
