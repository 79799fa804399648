/** z -> pictures, wherever they are computed: in a thread of this browser, or on the server where that cannot be. */

import type { Decoded } from "../types";

export interface Decoder {
  readonly ready: Promise<void>;
  readonly where: "browser" | "server";
  readonly ms: number; // the last decode of a moving z
  /** For a z that moves: the newest request is answered, one that it overtakes is null. `whole`: all of p(x|z). */
  newest(z: Float32Array, whole?: boolean): Promise<Decoded | null>;
  /** For what can wait: n rows of z at once, whenever there is time; null when aborted. */
  idle(z: Float32Array, signal?: AbortSignal): Promise<Float32Array | null>;
}
