/** Asks neighbours.worker.ts from the page which items are near a z; the newest query is answered. */

import type { Bundle } from "../contract";
import type { Latents } from "../net/latents";
import { active, K, type Neighbours } from "./knn";
import type { FromSearch, ToSearch } from "./neighbours.worker";

export interface Neighbourhood extends Neighbours {
  density: number; // share of the items that lie more alone, 0..1
  reach: number; // distance / the distance that 5 % of the items exceed: above 1 is outside
}

const LISTED = 16; // neighbours that are known of the shown z: those of its place, and those in view

export class NeighbourSearch {
  readonly used: number[]; // dimensions that carry something
  private worker: Worker;
  private nextId = 1;
  private requests = new Map<number, (message: FromSearch | null) => void>();
  private newestId = 0;

  constructor(latents: Latents, bundle: Bundle) {
    this.used = active(latents.nats, latents.dims);
    this.worker = new Worker(new URL(`studio/${bundle.near}`, document.baseURI).href, { type: "module", name: "near" });
    this.worker.onmessage = ({ data }: MessageEvent<FromSearch>) => {
      this.requests.get(data.id)?.(data);
      this.requests.delete(data.id);
    };
    this.send({ kind: "open", mean: latents.mean, dims: latents.dims, used: this.used });
  }

  async query(z: Float32Array, k = LISTED): Promise<Neighbourhood | null> {
    this.requests.get(this.newestId)?.(null); // overtaken
    this.requests.delete(this.newestId);
    this.newestId = this.nextId++;
    const id = this.newestId;
    const answer = await this.request({ kind: "query", id, z, k });
    return answer?.kind === "near" ? answer : null;
  }

  /** The k nearest of each row of z. */
  async several(z: Float32Array, k = K): Promise<Neighbours[] | null> {
    const answer = await this.request({ kind: "several", id: this.nextId++, z, k });
    return answer?.kind === "several" ? answer.lists : null;
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
