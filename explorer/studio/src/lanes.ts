/** The words between the page and a network's thread. */

export type ToWorker =
  | { kind: "open"; url: string; row: number[] } // the shape of one input
  | { kind: "hand"; id: number; x: Float32Array } // the newest one wins
  | { kind: "idle"; id: number; x: Float32Array } // served while the hand is still
  | { kind: "drop"; id: number };

export type FromWorker =
  | { kind: "ready"; ms: number }
  | { kind: "done"; id: number; y: Float32Array; ms: number }
  | { kind: "failed"; message: string };
