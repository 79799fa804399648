/** A decoder on the server, for a model that a browser cannot run: newest and idle requests, over HTTP. */

import type { ModelInfo } from "../contract";
import type { Decoded } from "../types";
import type { Decoder } from "./decoder";

type Resolve = (decoded: Decoded | null) => void;

const ROWS = 64; // in one request
const POLL = 30; // ms until an idle request asks again whether a newest one is under way

export class Server implements Decoder {
  readonly ready = Promise.resolve();
  readonly where = "server";
  ms = 0;
  private url: string;
  private busy = false;
  private next: { z: Float32Array; whole: boolean; resolve: Resolve } | null = null;

  constructor(private model: ModelInfo) {
    this.url = asset(model, "decode");
  }

  newest(z: Float32Array, whole = false): Promise<Decoded | null> {
    this.next?.resolve(null); // overtaken
    return new Promise((resolve) => {
      this.next = { z: z.slice(), whole, resolve };
      void this.pump();
    });
  }

  async idle(z: Float32Array, signal?: AbortSignal): Promise<Float32Array | null> {
    const pieces: Float32Array[] = [];
    const step = ROWS * this.model.latent;
    for (let i = 0; i < z.length; i += step) {
      while (this.busy) await new Promise((resolve) => setTimeout(resolve, POLL));
      if (signal?.aborted) return null;
      const piece = await post(this.url, z.subarray(i, i + step));
      if (!piece) return null;
      pieces.push(piece);
    }
    return concatenate(pieces);
  }

  private async pump(): Promise<void> {
    if (this.busy || !this.next) return;
    this.busy = true;
    const { z, whole, resolve } = this.next;
    this.next = null;
    const start = performance.now();
    resolve(await this.decode(z, whole));
    this.ms = performance.now() - start;
    this.busy = false;
    void this.pump();
  }

  /** The mean picture and, one after the other, what p(x|z) is made of beside it. */
  private async decode(z: Float32Array, whole: boolean): Promise<Decoded | null> {
    const { beside, shape } = this.model;
    const numbers = await post(whole ? `${this.url}?beside=1` : this.url, z);
    if (!numbers) return null;
    const size = shape[0] * shape[1] * shape[2];
    const picture = (k: number) => numbers.subarray(k * size, (k + 1) * size);
    const others = whole ? beside.map((name, k) => [name, picture(k + 1)]) : [];
    return { x: picture(0), ...Object.fromEntries(others) };
  }
}

function concatenate(pieces: Float32Array[]): Float32Array {
  const out = new Float32Array(pieces.reduce((n, piece) => n + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    out.set(piece, at);
    at += piece.length;
  }
  return out;
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
