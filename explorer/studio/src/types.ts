/** What has no counterpart in Python: a decoded z, and what Streamlit passes to a renderer. */

import type { Data } from "./contract";

/** A decoded z: the mean picture in [0, 1], and what else p(x|z) is made of where it was asked for; (C, H, W) each. */
export interface Decoded {
  x: Float32Array;
  loc?: Float32Array;
  scale?: Float32Array;
}

export interface Renderer<T extends Data = Data> {
  data: T;
  parentElement: ShadowRoot | HTMLElement;
  setStateValue: (name: string, value: unknown) => void;
  setTriggerValue: (name: string, value: unknown) => void; // sent once
}

/** A live part of the page: updated with new data, never built twice. */
export interface Part<T extends Data = Data> {
  update(renderer: Renderer<T>): void;
  destroy(): void;
}
