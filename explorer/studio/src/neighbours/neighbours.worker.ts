/** A thread that searches the encoded means for neighbours of a z, all of them, and indexes a map's points. */

import KDBush from "kdbush";
import { Density } from "./density";
import { type Neighbours, nearest } from "./knn";

export type ToSearch =
  | { kind: "open"; mean: Float32Array; dims: number; used: number[] }
  | { kind: "query"; id: number; z: Float32Array; k: number }
  | { kind: "several"; id: number; z: Float32Array; k: number } // rows of z, all answered
  | { kind: "index"; id: number; xy: Float32Array };

export type FromSearch =
  | ({ kind: "near"; id: number; density: number; reach: number } & Neighbours)
  | { kind: "several"; id: number; lists: Neighbours[] } // for every row of z
  | { kind: "index"; id: number; data: ArrayBufferLike };

let points: { mean: Float32Array; dims: number; used: number[] } | null = null;
let density: Density | null = null;
let newest: Extract<ToSearch, { kind: "query" }> | null = null;

const post = (message: FromSearch, transfer: Transferable[] = []) => self.postMessage(message, { transfer });

function answer(): void {
  const query = newest;
  newest = null;
  if (!query || !points) return;
  density ??= new Density(points.mean, points.dims, points.used);
  const near = nearest(points.mean, points.dims, points.used, query.z, query.k);
  const far = density.distance(query.z);
  post({ kind: "near", id: query.id, ...near, density: density.percentile(far), reach: far / density.edge });
}

function several({ id, z, k }: Extract<ToSearch, { kind: "several" }>): void {
  if (!points) return;
  const { mean, dims, used } = points;
  const lists = Array.from({ length: z.length / dims }, (_, i) =>
    nearest(mean, dims, used, z.subarray(i * dims, (i + 1) * dims), k),
  );
  post({ kind: "several", id, lists });
}

self.onmessage = ({ data }: MessageEvent<ToSearch>) => {
  if (data.kind === "open") {
    points = data;
    density = null;
  } else if (data.kind === "query") {
    if (!newest) setTimeout(answer, 0); // a newer query overtakes
    newest = data;
  } else if (data.kind === "several") {
    several(data);
  } else {
    const count = data.xy.length / 2;
    const index = new KDBush(count, 64, Float32Array);
    for (let i = 0; i < count; i++) index.add(data.xy[2 * i], data.xy[2 * i + 1]);
    index.finish();
    post({ kind: "index", id: data.id, data: index.data });
  }
};
