/** z -> pictures, wherever they are computed: in this browser's own thread, or on the server where that cannot be. */

import type { Decoded } from "../types";

export interface Decoder {
  readonly ready: Promise<void>;
  readonly where: "browser" | "server";
  readonly ms: number; // the last decode for the hand
  /** The hand's lane: only the newest request is answered; an overtaken one resolves to null. `whole`: all of p(x|z). */
  hand(z: Float32Array, whole?: boolean): Promise<Decoded | null>;
  /** The idle lane: n rows of z at once, whenever there is time; null when aborted. */
  idle(z: Float32Array, signal?: AbortSignal): Promise<Float32Array | null>;
}
