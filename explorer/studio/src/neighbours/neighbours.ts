/** The page's side of near.worker.ts: the newest question is answered. */

import type { Latents } from "../net/latents";
import type { Bundle } from "../types";
import type { FromNear, ToNear } from "./neighbours.worker";

export interface Neighbourhood {
  rows: Int32Array;
  distances: Float32Array;
  density: number; // share of the items that lie more alone, 0..1
  reach: number; // distance / the distance that 5 % of the items exceed: above 1 is outside
}

export class Near {
  readonly used: number[]; // dimensions that carry something
  private worker: Worker;
  private next = 1;
  private waiting = new Map<number, (message: FromNear | null) => void>();
  private latest = 0;

  constructor(latents: Latents, bundle: Bundle) {
    const all = Array.from({ length: latents.dims }, (_, d) => d);
    const carrying = all.filter((d) => (latents.kl[d] ?? 1) >= DEAD);
    this.used = carrying.length ? carrying : all;
    this.worker = new Worker(new URL(`studio/${bundle.near}`, document.baseURI).href, { type: "module", name: "near" });
    this.worker.onmessage = ({ data }: MessageEvent<FromNear>) => {
      this.waiting.get(data.id)?.(data);
      this.waiting.delete(data.id);
    };
    this.send({ kind: "open", mean: latents.mean, dims: latents.dims, used: this.used });
  }

  async query(z: Float32Array, k = 16): Promise<Neighbourhood | null> {
    this.waiting.get(this.latest)?.(null); // overtaken
    this.waiting.delete(this.latest);
    this.latest = this.next++;
    const id = this.latest;
    const answer = await this.ask({ kind: "query", id, z, k });
    return answer?.kind === "near" ? answer : null;
  }

  /** The k nearest of each row of z. */
  async several(z: Float32Array, k: number): Promise<{ rows: Int32Array; distances: Float32Array } | null> {
    const answer = await this.ask({ kind: "several", id: this.next++, z, k });
    return answer?.kind === "several" ? answer : null;
  }

  /** A KDBush of the points, as its buffer. */
  async index(xy: Float32Array): Promise<ArrayBuffer | null> {
    const answer = await this.ask({ kind: "index", id: this.next++, xy });
    return answer?.kind === "index" ? (answer.data as ArrayBuffer) : null;
  }

  close(): void {
    this.worker.terminate();
    for (const answer of this.waiting.values()) answer(null);
  }

  private ask(message: Extract<ToNear, { id: number }>): Promise<FromNear | null> {
    return new Promise((resolve) => {
      this.waiting.set(message.id, resolve);
      this.send(message);
    });
  }

  private send(message: ToNear): void {
    this.worker.postMessage(message);
  }
}

export const DEAD = 0.01; // nats: a dimension below it carries nothing
