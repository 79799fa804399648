/** Whether z is where the data is: its radius against the prior, its neighbours against the data. */

import type { Neighbourhood } from "../neighbours/neighbours";

export interface Support {
  radius: number; // |z|, or the distance from the items' middle
  inside: number; // P(|z'| < |z|) under the prior N(0, I), or the share of the items further in; 0..1
  density: number; // share of the items that lie more alone, 0..1
  solid: number; // 1: the frame is solid; 0: hatched
  word: string;
}

const SAMPLE = 4000; // items whose radii are kept

/** How far the items lie from their own middle: what a radius is compared with where N(0, I) is not the prior. */
export class Radii {
  private middle: Float32Array;
  private sorted: Float32Array;

  constructor(
    mean: Float32Array,
    private dims: number,
  ) {
    const count = mean.length / dims;
    const step = Math.max(1, Math.floor(count / SAMPLE));
    const rows = Array.from({ length: Math.ceil(count / step) }, (_, k) =>
      mean.subarray(k * step * dims, (k * step + 1) * dims),
    );
    this.middle = new Float32Array(dims);
    for (const row of rows) for (const [d, v] of row.entries()) this.middle[d] += v / rows.length;
    this.sorted = Float32Array.from(rows, (row) => this.of(row)).sort();
  }

  of(z: ArrayLike<number>): number {
    let square = 0;
    for (let d = 0; d < this.dims; d++) square += (z[d] - this.middle[d]) ** 2;
    return Math.sqrt(square);
  }

  /** The share of the items that lie further in, 0..1. */
  inside(radius: number): number {
    const beyond = this.sorted.findIndex((r) => r >= radius);
    return beyond < 0 ? 1 : beyond / this.sorted.length;
  }
}

export function support(z: Float32Array, near: Neighbourhood | null, radii: Radii | null = null): Support {
  const square = z.reduce((sum, v) => sum + v * v, 0);
  const radius = radii ? radii.of(z) : Math.sqrt(square);
  const inside = radii ? radii.inside(radius) : gammaP(z.length / 2, square / 2);
  const reach = near?.reach ?? 1;
  const solid = near ? Math.min(1, Math.max(0, (1.6 - reach) / 0.6)) : 1;
  const word = !near ? "" : reach <= 1 ? "typical" : reach < 1.6 ? "at the edge of the data" : "far from the data";
  return { radius, inside, density: near?.density ?? 0, solid, word };
}

/** Regularised lower incomplete gamma function P(a, x): the chi-squared distribution with 2a degrees is P(a, x / 2). */
export function gammaP(a: number, x: number): number {
  if (x <= 0) return 0;
  const front = Math.exp(a * Math.log(x) - x - logGamma(a));
  if (x < a + 1) {
    let term = 1 / a;
    let sum = term;
    for (let n = 1; n < 1000 && term > sum * 1e-12; n++) sum += term *= x / (a + n);
    return Math.min(1, sum * front);
  }
  let b = x + 1 - a; // Lentz's continued fraction of the upper half
  let c = 1e300;
  let d = 1 / b;
  let f = d;
  for (let n = 1; n < 1000; n++) {
    const an = -n * (n - a);
    b += 2;
    d = 1 / (an * d + b || 1e-300);
    c = b + an / c || 1e-300;
    f *= c * d;
    if (Math.abs(c * d - 1) < 1e-12) break;
  }
  return Math.max(0, 1 - f * front);
}

/** Lanczos' approximation of log Γ. */
function logGamma(a: number): number {
  const g = [
    76.18009172947146, -86.50532032941678, 24.01409824083091, -1.231739572450155, 1.208650973866179e-3,
    -5.395239384953e-6,
  ];
  const t = a + 5.5 - (a + 0.5) * Math.log(a + 5.5);
  const sum = g.reduce((s, v, i) => s + v / (a + i + 1), 1.000000000190015);
  return -t + Math.log((2.5066282746310007 * sum) / a);
}
