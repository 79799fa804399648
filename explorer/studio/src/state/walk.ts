/** An animated walk: from one draw of the prior to the next, or to and fro along a dimension. */

import type { Cursor } from "./cursor";
import { freshSeed, normal } from "./random";

const LEG = 2200; // ms from one draw to the next
const TURN = 5000; // ms to and fro along a dimension
const REACH = 5 / 6; // of the slider's range

export class Walk {
  running = false;
  private frame = 0;

  constructor(
    private cursor: Cursor,
    private onChange: (running: boolean) => void,
  ) {}

  prior(point: (draw: () => number) => Float32Array, speed: number): void {
    const draw = normal(freshSeed());
    let from = this.cursor.committed;
    let to = point(draw);
    let passed = 0;
    this.start((ms) => {
      passed += (ms * speed) / LEG;
      if (passed >= 1) {
        passed = 0;
        from = to;
        to = point(draw);
      }
      const t = (1 - Math.cos(Math.PI * passed)) / 2;
      return from.map((v, d) => v + t * (to[d] - v));
    });
  }

  along(dim: number, speed: number, { low, high }: { low: number; high: number }): void {
    const from = this.cursor.committed.slice();
    const [middle, reach] = [(low + high) / 2, (REACH * (high - low)) / 2];
    let phase = Math.asin(Math.max(-1, Math.min(1, (from[dim] - middle) / reach)));
    this.start((ms) => {
      phase += (2 * Math.PI * ms * speed) / TURN;
      const z = from.slice();
      z[dim] = middle + reach * Math.sin(phase);
      return z;
    });
  }

  /** Stay where the walk has come to. */
  stop(z = this.cursor.live): void {
    if (!this.running) return;
    this.running = false;
    cancelAnimationFrame(this.frame);
    this.onChange(false);
    this.cursor.commit(z, "other");
  }

  private start(step: (ms: number) => Float32Array): void {
    this.running = true;
    this.onChange(true);
    let last = performance.now();
    let own: Float32Array | null = null; // the z of the last step
    const tick = (now: number) => {
      if (!this.running) return;
      if (own && this.cursor.live !== own) return this.stop(own); // z was moved otherwise
      own = step(Math.min(50, now - last));
      last = now;
      this.cursor.preview(own, "slider", now);
      this.frame = requestAnimationFrame(tick);
    };
    this.frame = requestAnimationFrame(tick);
  }
}
