/** The words between the page and a network's thread. */

export type ToWorker =
  | { kind: "open"; url: string; row: number[] } // the shape of one input
  | { kind: "newest"; id: number; x: Float32Array; all: boolean } // all: every output, not the first
  | { kind: "idle"; id: number; x: Float32Array } // served while no newest request comes
  | { kind: "drop"; id: number };

export type FromWorker =
  | { kind: "ready"; ms: number; outputs: string[] }
  | { kind: "done"; id: number; ys: Float32Array[]; ms: number }
  | { kind: "failed"; message: string };
