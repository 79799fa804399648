/** The points that were committed last, and where they lie on a map. */

import type { Space } from "./space";

const LENGTH = 10;

type Place = [number, number];

export class Trail {
  private steps: { z: Float32Array; at: Place | null }[] = []; // null: its place is not known yet

  add(z: Float32Array, at: Place | null): void {
    this.steps.push({ z, at });
    if (this.steps.length > LENGTH) this.steps.shift();
  }

  /** Another map is shown; one without a formula has no places for them. */
  moveTo(space: Space): void {
    for (const step of this.steps) step.at = space.exact ? space.place(step.z, null) : null;
  }

  /** The last point, while its place is not known. */
  get unplaced(): Float32Array | null {
    const last = this.steps.at(-1);
    return last && !last.at ? last.z : null;
  }

  placeLast(at: Place | null): void {
    const last = this.steps.at(-1);
    if (last) last.at = at;
  }

  get places(): Place[] {
    return this.steps.flatMap(({ at }) => (at ? [at] : []));
  }
}
