/** How densely the encoded items lie around a z, compared with how densely they lie around one another. Pure. */

import { nearest } from "./knn";

const TENTH = 10; // the neighbour whose distance stands for the density
const SAMPLE = 150; // items whose own distances calibrate it
const MOST = 10_000; // items that are searched

export class Density {
  private readonly sorted: Float64Array; // the items' own distances to their tenth neighbour, ascending
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
    this.sorted = Float64Array.from(own).sort();
  }

  /** Distance from z to its tenth neighbour; to the farthest where there are fewer. */
  distance(z: ArrayLike<number>, skip = -1): number {
    return nearest(this.mean, this.dims, this.used, z, TENTH, this.stride, skip).distances.at(-1) ?? 0;
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
