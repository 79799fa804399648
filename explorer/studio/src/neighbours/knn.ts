/**
 * The nearest items of a z, or of a place, and the mean of their values. The same as vae/maps/neighbours.py, which has
 * the formulas and the reasons, in double precision and in the same order: both put a z at one place. Pure.
 */

import { PLACEMENT } from "../contract";

/** How many neighbours a place has; the KL, in nats, below which a dimension carries nothing. */
export const { K, ACTIVE } = PLACEMENT;

export interface Neighbours {
  rows: Int32Array; // the nearest first; of equally far ones the lower row
  distances: Float64Array; // Euclidean
}

/** The dimensions that carry at least ACTIVE nats; all of them where no KL is known, or none does. */
export function active(nats: Float32Array | null, dims: number): number[] {
  const all = Array.from({ length: dims }, (_, d) => d);
  const carrying = nats ? all.filter((d) => nats[d] >= ACTIVE) : all;
  return carrying.length ? carrying : all;
}

/** The k nearest of every `stride`-th row of known (N, D) in some of its dimensions, without row `skip`. */
export function nearest(
  known: Float32Array,
  dims: number,
  used: number[],
  z: ArrayLike<number>,
  k: number,
  stride = 1,
  skip = -1,
): Neighbours {
  const best = new Best(k);
  const count = known.length / dims;
  const n = used.length;
  for (let i = 0; i < count; i += stride) {
    let d = 0;
    const base = i * dims;
    const { worst } = best;
    for (let j = 0; j < n && d < worst; j++) {
      const dim = used[j];
      const step = known[base + dim] - z[dim];
      d += step * step;
    }
    if (d < worst && i !== skip) best.offer(i, d);
  }
  return best.neighbours();
}

/** The k best of all that are offered: by squared distance, then by row. */
export class Best {
  worst = Infinity; // squared; farther ones need not be offered
  private readonly rows: Int32Array;
  private readonly squared: Float64Array;
  private count = 0;

  constructor(private readonly k: number) {
    this.rows = new Int32Array(k).fill(-1);
    this.squared = new Float64Array(k).fill(Infinity);
  }

  offer(row: number, squared: number): void {
    const { rows, squared: known, k } = this;
    const before = (at: number) => squared < known[at] || (squared === known[at] && row < rows[at]);
    let at = Math.min(this.count, k - 1);
    if (this.count === k && !before(at)) return;
    for (; at > 0 && before(at - 1); at--) {
      known[at] = known[at - 1];
      rows[at] = rows[at - 1];
    }
    known[at] = squared;
    rows[at] = row;
    this.count = Math.min(k, this.count + 1);
    this.worst = known[k - 1];
  }

  neighbours(): Neighbours {
    const { rows, squared, count } = this;
    return { rows: rows.slice(0, count), distances: squared.slice(0, count).map(Math.sqrt) };
  }
}

/**
 * Weights of neighbours at ascending distances: ((R - d) / (R d))², R the farthest one's, by Franke and Little after
 * Shepard, relative to the nearest so that nothing overflows. They sum to 1. Where `everything` is among them none can
 * come or go, and R is infinite: 1 / d².
 */
export function weights(distances: ArrayLike<number>, everything = false): Float64Array {
  const first = distances[0];
  const far = distances[distances.length - 1];
  const relative = Float64Array.from(distances, (d) => {
    if (first === far) return 1; // equally far ones count alike
    if (first === 0) return d === 0 ? 1 : 0; // z is an item
    return ((everything ? 1 : (far - d) / (far - first)) * (first / d)) ** 2;
  });
  const sum = relative.reduce((a, b) => a + b, 0);
  return relative.map((w) => w / sum);
}

/** The weighted mean of neighbours' values (N, V). */
export function meanOf(values: Float32Array, width: number, { rows, distances }: Neighbours): Float64Array {
  const weight = weights(distances, rows.length * width >= values.length);
  const total = new Float64Array(width);
  rows.forEach((row, j) => {
    for (let v = 0; v < width; v++) total[v] += weight[j] * values[row * width + v];
  });
  return total;
}
