/** Nearest neighbours in the latent space, over the dimensions that carry something. Pure. */

export interface Neighbours {
  rows: Int32Array; // the nearest first
  distances: Float32Array; // Euclidean
}

/** The k nearest of every `stride`-th row of mean (N, D), except row `skip`. */
export function nearest(
  mean: Float32Array,
  dims: number,
  used: number[],
  z: ArrayLike<number>,
  k: number,
  stride = 1,
  skip = -1,
): Neighbours {
  const count = mean.length / dims;
  const rows = new Int32Array(k).fill(-1);
  const squared = new Float64Array(k).fill(Infinity);
  const n = used.length;
  for (let i = 0; i < count; i += stride) {
    let d = 0;
    const base = i * dims;
    const worst = squared[k - 1];
    for (let j = 0; j < n && d < worst; j++) {
      const dim = used[j];
      const step = mean[base + dim] - z[dim];
      d += step * step;
    }
    if (d >= worst || i === skip) continue;
    let at = k - 1;
    for (; at > 0 && squared[at - 1] > d; at--) {
      squared[at] = squared[at - 1];
      rows[at] = rows[at - 1];
    }
    squared[at] = d;
    rows[at] = i;
  }
  const size = Math.min(k, Math.ceil(count / stride));
  return { rows: rows.slice(0, size), distances: Float32Array.from(squared.slice(0, size), Math.sqrt) };
}

const K = 10; // the neighbour whose distance stands for the density
const SAMPLE = 150; // items whose own distances calibrate it
const MOST = 10_000; // items that are compared

/** How densely the encoded items lie around a point, compared with how densely they lie around one another. */
export class Density {
  private readonly sorted: Float32Array; // the items' own distances to their K-th neighbour, ascending
  private readonly stride: number;

  constructor(
    private mean: Float32Array,
    private dims: number,
    private used: number[],
  ) {
    const count = mean.length / dims;
    this.stride = Math.max(1, Math.ceil(count / MOST));
    const own: number[] = [];
    const every = Math.max(1, Math.floor(count / SAMPLE));
    for (let i = 0; i < count; i += every) {
      own.push(this.distance(mean.subarray(i * dims, (i + 1) * dims), i));
    }
    this.sorted = Float32Array.from(own).sort();
  }

  /** Distance from z to its K-th neighbour. */
  distance(z: ArrayLike<number>, skip = -1): number {
    const { distances } = nearest(this.mean, this.dims, this.used, z, K, this.stride, skip);
    return distances[distances.length - 1];
  }

  /** The share of the items that lie more alone than a point with this distance, 0..1. */
  percentile(distance: number): number {
    let low = 0;
    let high = this.sorted.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.sorted[middle] < distance) low = middle + 1;
      else high = middle;
    }
    return 1 - low / this.sorted.length;
  }

  /** The distance that only 5 % of the items exceed: where the data ends. */
  get edge(): number {
    return this.sorted[Math.min(this.sorted.length - 1, Math.floor(0.95 * this.sorted.length))] || 1;
  }
}

/**
 * Weights of scattered neighbours, by Shepard's method as modified by Franke and Little: ((R - d) / (R d))², where R is
 * the farthest one's distance, so that a neighbour enters and leaves without a jump. They sum to one.
 */
export function shepard(distances: ArrayLike<number>): Float64Array {
  const far = distances[distances.length - 1] || 1e-9;
  const raw = Float64Array.from(distances, (d) => ((far - d) / (far * Math.max(d, 1e-6))) ** 2);
  const sum = raw.reduce((a, b) => a + b, 0);
  return sum > 0 ? raw.map((w) => w / sum) : raw.fill(1 / raw.length);
}
