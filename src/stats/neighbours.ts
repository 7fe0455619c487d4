/** Rows of numbers, `[rows, width]`. */
export interface Points {
  values: Float32Array;
  width: number;
}

export interface Neighbours {
  /** Rows of the references, nearest first, `[queries, k]`. */
  indices: Int32Array;
  /** `[queries, k]` */
  distances: Float32Array;
  k: number;
}

export type Metric = "euclidean" | "cosine";

/** Rows of one length, so that cosine distance is half a squared euclidean one. Rows of zeros stay. */
function normalised({ values, width }: Points): Points {
  const unit = new Float32Array(values.length);
  for (let start = 0; start < values.length; start += width) {
    let squares = 0;
    for (let j = start; j < start + width; j++) squares += values[j] * values[j];
    const scale = squares > 0 ? 1 / Math.sqrt(squares) : 0;
    for (let j = start; j < start + width; j++) unit[j] = values[j] * scale;
  }
  return { values: unit, width };
}

/** Sum of products of two rows of `width` numbers; four running sums, which processors like. */
function dot(a: Float32Array, i: number, b: Float32Array, j: number, width: number): number {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let w = 0;
  for (; w + 3 < width; w += 4) {
    s0 += a[i + w] * b[j + w];
    s1 += a[i + w + 1] * b[j + w + 1];
    s2 += a[i + w + 2] * b[j + w + 2];
    s3 += a[i + w + 3] * b[j + w + 3];
  }
  for (; w < width; w++) s0 += a[i + w] * b[j + w];
  return s0 + s1 + s2 + s3;
}

function squaredLengths({ values, width }: Points): Float64Array {
  const squares = new Float64Array(values.length / width);
  for (let i = 0; i < squares.length; i++) squares[i] = dot(values, i * width, values, i * width, width);
  return squares;
}

/** References worked on at once: small enough to stay in a processor's cache. */
const BLOCK_VALUES = 32_768;

/**
 * The `k` references nearest to each query, by comparing all with all in blocks. `sameSet`: the queries are the references,
 * and a point is not its own neighbour. Equal distances: the lower row first. Cosine distance is 1 - cosine.
 *
 * @throws RangeError when widths differ or there are fewer than one other reference.
 */
export function nearest(
  queries: Points,
  references: Points,
  k: number,
  { metric = "euclidean", sameSet = false }: { metric?: Metric; sameSet?: boolean } = {},
): Neighbours {
  if (queries.width !== references.width)
    throw new RangeError(`Widths differ: ${queries.width} and ${references.width}.`);
  const { width } = queries;
  const from = metric === "cosine" ? normalised(queries) : queries;
  const to = metric === "cosine" ? (sameSet ? from : normalised(references)) : references;
  const rows = from.values.length / width;
  const candidates = to.values.length / width;
  const kept = Math.min(k, candidates - (sameSet ? 1 : 0));
  if (kept < 1) throw new RangeError("There is no neighbour to find.");
  const lengths = squaredLengths(to);
  const own = sameSet ? lengths : squaredLengths(from);
  const indices = new Int32Array(rows * kept).fill(-1);
  const squared = new Float64Array(rows * kept).fill(Number.POSITIVE_INFINITY);
  const block = Math.max(1, Math.floor(BLOCK_VALUES / width));
  for (let first = 0; first < candidates; first += block) {
    const last = Math.min(candidates, first + block);
    for (let q = 0; q < rows; q++) {
      const base = q * kept;
      let worst = squared[base + kept - 1];
      for (let r = first; r < last; r++) {
        const distance = own[q] + lengths[r] - 2 * dot(from.values, q * width, to.values, r * width, width);
        if (distance >= worst || (sameSet && r === q)) continue;
        let place = base + kept - 1;
        for (; place > base && squared[place - 1] > distance; place--) {
          squared[place] = squared[place - 1];
          indices[place] = indices[place - 1];
        }
        squared[place] = distance;
        indices[place] = r;
        worst = squared[base + kept - 1];
      }
    }
  }
  const distances = Float32Array.from(squared, (value) =>
    metric === "cosine" ? Math.max(0, value) / 2 : Math.sqrt(Math.max(0, value)),
  );
  return { indices, distances, k: kept };
}

/** Mean distance of each query to its neighbours, `[queries]`: large where references are thin. */
export function meanDistance({ distances, k }: Neighbours): Float32Array {
  const mean = new Float32Array(distances.length / k);
  for (let q = 0; q < mean.length; q++) {
    let sum = 0;
    for (let n = 0; n < k; n++) sum += distances[q * k + n];
    mean[q] = sum / k;
  }
  return mean;
}

/** Share of each query's neighbours whose label is not the query's, `[queries]`. */
export function labelDisagreement(
  { indices, k }: Neighbours,
  queryLabels: ArrayLike<number>,
  referenceLabels: ArrayLike<number>,
): Float32Array {
  const disagreement = new Float32Array(indices.length / k);
  for (let q = 0; q < disagreement.length; q++) {
    let others = 0;
    for (let n = 0; n < k; n++) if (referenceLabels[indices[q * k + n]] !== queryLabels[q]) others++;
    disagreement[q] = others / k;
  }
  return disagreement;
}
