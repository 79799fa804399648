/** A decoder on the server, for a model that a browser cannot run: the same two lanes, over HTTP. */

import type { Decoded, ModelInfo } from "../types";
import type { Decoder } from "./decoder";

type Answer = (x: Decoded | null) => void;

const AT_ONCE = 64; // rows in one request
const LOOK = 30; // ms between looks whether the hand is done

export class Server implements Decoder {
  readonly ready = Promise.resolve();
  readonly where = "server";
  ms = 0;
  private url: string;
  private busy = false;
  private queued: { z: Float32Array; whole: boolean; answer: Answer } | null = null;

  constructor(private model: ModelInfo) {
    this.url = new URL(`${model.base}decode`, document.baseURI).href;
  }

  hand(z: Float32Array, whole = false): Promise<Decoded | null> {
    this.queued?.answer(null); // overtaken
    return new Promise((answer) => {
      this.queued = { z: z.slice(), whole, answer };
      void this.pump();
    });
  }

  async idle(z: Float32Array, signal?: AbortSignal): Promise<Float32Array | null> {
    const parts: Float32Array[] = [];
    const step = AT_ONCE * this.model.latent;
    for (let i = 0; i < z.length; i += step) {
      while (this.busy) await new Promise((resolve) => setTimeout(resolve, LOOK));
      if (signal?.aborted) return null;
      const part = await post(this.url, z.subarray(i, i + step));
      if (!part) return null;
      parts.push(part);
    }
    const out = new Float32Array(parts.reduce((n, part) => n + part.length, 0));
    parts.reduce((at, part) => (out.set(part, at), at + part.length), 0);
    return out;
  }

  private async pump(): Promise<void> {
    if (this.busy || !this.queued) return;
    this.busy = true;
    const { z, whole, answer } = this.queued;
    this.queued = null;
    const start = performance.now();
    answer(await this.ask(z, whole));
    this.ms = performance.now() - start;
    this.busy = false;
    void this.pump();
  }

  /** The mean picture and, one after the other, what p(x|z) is made of beside it. */
  private async ask(z: Float32Array, whole: boolean): Promise<Decoded | null> {
    const {
      beside,
      shape: [c, height, width],
    } = this.model;
    const all = await post(whole ? `${this.url}?beside=1` : this.url, z);
    if (!all) return null;
    const part = (k: number) => all.subarray(k * c * height * width, (k + 1) * c * height * width);
    const more = whole ? beside.map((name, k) => [name, part(k + 1)]) : [];
    return { x: part(0), ...Object.fromEntries(more) };
  }
}

/** Rows through a network of the server's; null, and a warning, where it does not answer. */
export async function post(url: string, rows: Float32Array): Promise<Float32Array | null> {
  try {
    const answer = await fetch(url, { method: "POST", body: rows.slice().buffer });
    if (!answer.ok) throw new Error(await answer.text());
    return new Float32Array(await answer.arrayBuffer());
  } catch (error) {
    console.warn(`The server did not compute: ${String(error)}`);
    return null;
  }
}

/** The address of a model's file. */
export const asset = (model: ModelInfo, file: string) => new URL(model.base + file, document.baseURI).href;
