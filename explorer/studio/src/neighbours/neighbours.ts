/** Asks neighbours.worker.ts from the page: which items are nearest to a z, and how densely they lie there. */

import type { Latents } from "../net/latents";
import type { Bundle } from "../types";
import type { FromSearch, ToSearch } from "./neighbours.worker";

export interface Neighbourhood {
  rows: Int32Array;
  distances: Float32Array;
  density: number; // share of the items that lie more alone, 0..1
  reach: number; // distance / the distance that 5 % of the items exceed: above 1 is outside
}

export class NeighbourSearch {
  readonly used: number[]; // dimensions that carry something
  private worker: Worker;
  private nextId = 1;
  private requests = new Map<number, (message: FromSearch | null) => void>();
  private newestId = 0;

  constructor(latents: Latents, bundle: Bundle) {
    const all = Array.from({ length: latents.dims }, (_, d) => d);
    const carrying = all.filter((d) => (latents.kl[d] ?? 1) >= DEAD);
    this.used = carrying.length ? carrying : all;
    this.worker = new Worker(new URL(`studio/${bundle.near}`, document.baseURI).href, { type: "module", name: "near" });
    this.worker.onmessage = ({ data }: MessageEvent<FromSearch>) => {
      this.requests.get(data.id)?.(data);
      this.requests.delete(data.id);
    };
    this.send({ kind: "open", mean: latents.mean, dims: latents.dims, used: this.used });
  }

  async query(z: Float32Array, k = 16): Promise<Neighbourhood | null> {
    this.requests.get(this.newestId)?.(null); // overtaken
    this.requests.delete(this.newestId);
    this.newestId = this.nextId++;
    const id = this.newestId;
    const answer = await this.request({ kind: "query", id, z, k });
    return answer?.kind === "near" ? answer : null;
  }

  /** The k nearest of each row of z. */
  async several(z: Float32Array, k: number): Promise<{ rows: Int32Array; distances: Float32Array } | null> {
    const answer = await this.request({ kind: "several", id: this.nextId++, z, k });
    return answer?.kind === "several" ? answer : null;
  }

  /** A KDBush of the points, as its buffer. */
  async index(xy: Float32Array): Promise<ArrayBuffer | null> {
    const answer = await this.request({ kind: "index", id: this.nextId++, xy });
    return answer?.kind === "index" ? (answer.data as ArrayBuffer) : null;
  }

  close(): void {
    this.worker.terminate();
    for (const answer of this.requests.values()) answer(null);
  }

  private request(message: Extract<ToSearch, { id: number }>): Promise<FromSearch | null> {
    return new Promise((resolve) => {
      this.requests.set(message.id, resolve);
      this.send(message);
    });
  }

  private send(message: ToSearch): void {
    this.worker.postMessage(message);
  }
}

export const DEAD = 0.01; // nats: a dimension below it carries nothing
