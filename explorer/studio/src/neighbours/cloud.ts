/** A map's points, and which of them are nearest to a place. Their index is built in another thread. */

import KDBush from "kdbush";
import type { NeighbourSearch } from "./neighbours";

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
    let best = -1;
    let least = Infinity;
    for (const i of this.index?.within(x, y, radius) ?? []) {
      const d = this.squared(i, x, y);
      if (d < least) [best, least] = [i, d];
    }
    return best;
  }

  /** The k nearest points: a circle that grows until it holds them. Empty while the index is being built. */
  nearestSeveral(x: number, y: number, k: number): { rows: number[]; distances: number[] } {
    const most = Math.min(k, this.xy.length / 2);
    let within: number[] = [];
    for (let radius = this.step, tries = 0; this.index && tries < 30 && within.length < most; tries++, radius *= 1.6) {
      within = this.index.within(x, y, radius);
    }
    const distance = new Map(within.map((i) => [i, Math.sqrt(this.squared(i, x, y))]));
    const rows = within.sort((a, b) => distance.get(a)! - distance.get(b)!).slice(0, most);
    return { rows, distances: rows.map((i) => distance.get(i)!) };
  }

  private squared(i: number, x: number, y: number): number {
    return (this.xy[2 * i] - x) ** 2 + (this.xy[2 * i + 1] - y) ** 2;
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
