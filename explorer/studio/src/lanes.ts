/** The words between the page and the decoder's thread. */

export type ToWorker =
  | { kind: "open"; url: string; latent: number }
  | { kind: "hand"; id: number; z: Float32Array } // the newest one wins
  | { kind: "idle"; id: number; z: Float32Array } // served while the hand is still
  | { kind: "drop"; id: number };

export type FromWorker =
  | { kind: "ready"; ms: number }
  | { kind: "done"; id: number; x: Float32Array; ms: number }
  | { kind: "failed"; message: string };
