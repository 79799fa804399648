/** The browser's way from latents.safetensors to a place and back, whole, for Node: NeighbourSearch, its thread, Cloud, Space. */

import { spaceOf } from "../../explorer/studio/src/map/space";
import { Cloud } from "../../explorer/studio/src/neighbours/cloud";
import type { Neighbours } from "../../explorer/studio/src/neighbours/knn";
import { NeighbourSearch } from "../../explorer/studio/src/neighbours/neighbours";
import "../../explorer/studio/src/neighbours/neighbours.worker";
import { toLatents } from "../../explorer/studio/src/net/latents";
import { readSafetensors } from "../../explorer/studio/src/net/safetensors";
import type { Bundle, ModelInfo, View } from "../../explorer/studio/src/contract";

/** In place of the browser's Worker: the same sources, in this thread. */
class SameThread {
  onmessage: (event: { data: unknown }) => void = () => {};
  constructor() {
    Object.assign(globalThis, { postMessage: (data: unknown) => this.onmessage({ data }) });
  }
  postMessage(data: unknown): void {
    (globalThis as unknown as { onmessage(event: { data: unknown }): void }).onmessage({ data });
  }
}
Object.assign(globalThis, { Worker: SameThread, document: { baseURI: "http://localhost/" } });

export interface Question {
  model: Partial<ModelInfo>;
  views: Partial<View>[];
  z: number[][];
  xy: number[][][]; // for every view
  from: number[];
}

export interface Answer {
  places: ([number, number] | null)[]; // of z, as the map's dot has them
  line: ([number, number] | null)[]; // of z, as a path has them
  latents: number[][]; // of xy
}

/** The neighbours of every z, and on every view where each z lies and what each xy stands for. */
export async function answers(file: ArrayBuffer, { model, views, z, xy, from }: Question) {
  const latents = toLatents(readSafetensors(file), model as ModelInfo);
  const search = new NeighbourSearch(latents, { near: "" } as Bundle);
  const rows = z.map((row) => Float32Array.from(row));
  const around: Neighbours[] = [];
  for (const row of rows) around.push((await search.query(row))!);
  const several = (await search.several(Float32Array.from(z.flat())))!;
  const maps: Answer[] = [];
  for (const [k, view] of views.entries()) {
    const space = spaceOf(latents, view as View, String);
    const cloud = new Cloud(space.xy, search);
    await new Promise((resolve) => setTimeout(resolve)); // the index is there
    maps.push({
      places: rows.map((row, i) => space.place(row, space.exact ? null : around[i])),
      line: rows.map((row, i) => space.place(row, space.exact ? null : several[i])),
      latents: xy[k].map(([x, y]) => [...space.unplace(x, y, Float32Array.from(from), cloud)]),
    });
  }
  return { used: search.used, rows: around.map((n) => [...n.rows]), distances: around.map((n) => [...n.distances]), maps };
}
