/** The points of a map, indexed in another thread: the nearest within a radius, the k nearest to a place. */

import KDBush from "kdbush";
import { Best, K, type Neighbours, nearest } from "./knn";
import type { NeighbourSearch } from "./neighbours";

const GROWTH = 1.6; // of the circle that is searched
const TRIES = 12; // until all points are searched instead

export class Cloud {
  private index: KDBush | null = null;
  private spread: number | null = null;

  constructor(
    readonly xy: Float32Array,
    search: NeighbourSearch,
  ) {
    void search.index(xy).then((data) => {
      if (data) this.index = KDBush.from(data);
    });
  }

  /** The point nearest to a place within a radius, or -1. */
  nearest(x: number, y: number, radius: number): number {
    return this.best(x, y, this.index?.within(x, y, radius) ?? [], 1).rows[0] ?? -1;
  }

  /** The k nearest points: of a circle that grows until it holds as many. None while the index is being built. */
  around(x: number, y: number, k = K): Neighbours {
    if (!this.index) return this.best(x, y, [], k);
    const least = Math.min(k, this.xy.length / 2);
    for (let radius = this.step, tries = 0; tries < TRIES; tries++, radius *= GROWTH) {
      const inside = this.index.within(x, y, radius);
      if (inside.length >= least) return this.best(x, y, inside, k);
    }
    return nearest(this.xy, 2, [0, 1], [x, y], k);
  }

  private best(x: number, y: number, rows: number[], k: number): Neighbours {
    const best = new Best(k);
    for (const i of rows) {
      const squared = (this.xy[2 * i] - x) ** 2 + (this.xy[2 * i + 1] - y) ** 2;
      if (squared <= best.worst) best.offer(i, squared);
    }
    return best.neighbours();
  }

  /** A radius that holds about a dozen points where they are spread evenly. */
  private get step(): number {
    this.spread ??= spreadOf(this.xy);
    return this.spread * Math.sqrt(12 / Math.max(12, this.xy.length / 2));
  }
}

function spreadOf(xy: Float32Array): number {
  let [sum, square, n] = [0, 0, 0];
  for (let i = 0; i < xy.length; i += 2 * Math.ceil(xy.length / 40_000)) {
    sum += xy[i];
    square += xy[i] ** 2;
    n++;
  }
  return 2 * Math.sqrt(Math.max(1e-12, square / n - (sum / n) ** 2));
}
