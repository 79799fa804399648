/** A map's points as something to ask: which is nearest, which lie within. The index is made in another thread. */

import KDBush from "kdbush";
import type { Near } from "./neighbours";

export class Cloud {
  private index: KDBush | null = null;

  constructor(
    readonly xy: Float32Array,
    near: Near,
  ) {
    void near.index(xy).then((data) => data && (this.index = KDBush.from(data)));
  }

  /** The point nearest to a place within a radius, or -1. */
  nearest(x: number, y: number, radius: number): number {
    let best = -1;
    let least = Infinity;
    for (const i of this.index?.within(x, y, radius) ?? []) {
      const d = this.far(i, x, y);
      if (d < least) [best, least] = [i, d];
    }
    return best;
  }

  /** The k nearest points: a circle that grows until it holds them. Empty while the index is being made. */
  around(x: number, y: number, k: number): { rows: number[]; distances: number[] } {
    const wanted = Math.min(k, this.xy.length / 2);
    let found: number[] = [];
    for (let radius = this.step, tries = 0; this.index && tries < 30 && found.length < wanted; tries++, radius *= 1.6) {
      found = this.index.within(x, y, radius);
    }
    const distance = new Map(found.map((i) => [i, Math.sqrt(this.far(i, x, y))]));
    const rows = found.sort((a, b) => distance.get(a)! - distance.get(b)!).slice(0, wanted);
    return { rows, distances: rows.map((i) => distance.get(i)!) };
  }

  private far(i: number, x: number, y: number): number {
    return (this.xy[2 * i] - x) ** 2 + (this.xy[2 * i + 1] - y) ** 2;
  }

  /** A radius that holds about a dozen points where they are spread evenly. */
  private get step(): number {
    this.spread ??= spreadOf(this.xy);
    return this.spread * Math.sqrt(12 / Math.max(12, this.xy.length / 2));
  }
  private spread: number | null = null;
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
