/** z -> pictures, wherever they are computed: in this browser's own thread, or on the server where that cannot be. */

import type { FromWorker, ToWorker } from "./lanes";
import type { Bundle, ModelInfo } from "./types";

export interface Decoder {
  readonly ready: Promise<void>;
  where: "browser" | "server";
  ms: number; // the last decode, in its thread
  /** The hand's lane: only the newest request is answered; an overtaken one resolves to null. */
  hand(z: Float32Array): Promise<Float32Array | null>;
  /** The idle lane: n rows of z at once, whenever there is time; null when aborted. */
  idle(z: Float32Array, signal?: AbortSignal): Promise<Float32Array | null>;
}

type Answer = (x: Float32Array | null) => void;

const decoders = new Map<string, Decoder & { close(): void }>();
const KEEP = 2; // models whose session stays open

export function openDecoder(model: ModelInfo, bundle: Bundle): Decoder {
  const key = new URL(model.base, document.baseURI).href;
  const found = decoders.get(key);
  if (found) return found;
  const made = model.browser ? inBrowser(model, bundle) : onServer(model);
  decoders.set(key, made);
  for (const [old, decoder] of decoders) {
    if (decoders.size <= KEEP) break;
    decoder.close();
    decoders.delete(old);
  }
  return made;
}

function inBrowser(model: ModelInfo, bundle: Bundle): Decoder & { close(): void } {
  const url = (path: string) => new URL(path, document.baseURI).href;
  const worker = new Worker(url(`studio/${bundle.decode}`), { type: "module", name: "decoder" });
  const server = onServer(model);
  const waiting = new Map<number, Answer>();
  let next = 1;
  let latest = 0; // the hand's newest request
  let failed = false;
  let settle: () => void;
  const send = (message: ToWorker, transfer: Transferable[] = []) => worker.postMessage(message, transfer);
  const fallBack = (reason: string) => {
    // The server takes over; whoever waited asks again with the next move.
    console.warn(`The browser does not decode ${model.name}, so the server does: ${reason}`);
    failed = true;
    decoder.where = "server";
    for (const answer of waiting.values()) answer(null);
    waiting.clear();
    settle();
  };
  const decoder = {
    where: "browser" as "browser" | "server",
    ms: 0,
    ready: new Promise<void>((resolve) => (settle = resolve)),
    hand(z: Float32Array) {
      if (failed) return server.hand(z);
      waiting.get(latest)?.(null);
      waiting.delete(latest);
      latest = next++;
      const id = latest;
      send({ kind: "hand", id, z: z.slice() });
      return new Promise<Float32Array | null>((resolve) => waiting.set(id, resolve));
    },
    idle(z: Float32Array, signal?: AbortSignal) {
      if (failed) return server.idle(z, signal);
      const id = next++;
      send({ kind: "idle", id, z: z.slice() });
      return new Promise<Float32Array | null>((resolve) => {
        waiting.set(id, resolve);
        signal?.addEventListener("abort", () => {
          if (!waiting.delete(id)) return;
          send({ kind: "drop", id });
          resolve(null);
        });
      });
    },
    close: () => worker.terminate(),
  };
  worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
    if (data.kind === "failed") return fallBack(data.message);
    if (data.kind === "ready") return settle();
    if (data.ms) decoder.ms = data.ms;
    waiting.get(data.id)?.(data.x);
    waiting.delete(data.id);
  };
  worker.onerror = (event) => fallBack(event.message || "its thread did not start");
  send({ kind: "open", url: url(`${model.base}decoder.onnx`), latent: model.latent });
  return decoder;
}

const AT_ONCE = 64; // rows in one request to the server

function onServer(model: ModelInfo): Decoder & { close(): void } {
  const url = new URL(`${model.base}decode`, document.baseURI).href;
  let busy = false;
  let queued: { z: Float32Array; answer: Answer } | null = null;
  const ask = async (z: Float32Array): Promise<Float32Array> => {
    const answer = await fetch(url, { method: "POST", body: z.slice().buffer });
    if (!answer.ok) throw new Error(await answer.text());
    return new Float32Array(await answer.arrayBuffer());
  };
  const pump = async (): Promise<void> => {
    if (busy || !queued) return;
    busy = true;
    const { z, answer } = queued;
    queued = null;
    const start = performance.now();
    answer(await ask(z).catch((error) => (console.warn(String(error)), null)));
    decoder.ms = performance.now() - start;
    busy = false;
    void pump();
  };
  const decoder = {
    where: "server" as const,
    ms: 0,
    ready: Promise.resolve(),
    hand(z: Float32Array) {
      queued?.answer(null);
      return new Promise<Float32Array | null>((answer) => {
        queued = { z: z.slice(), answer };
        void pump();
      });
    },
    async idle(z: Float32Array, signal?: AbortSignal) {
      const parts: Float32Array[] = [];
      for (let i = 0; i < z.length; i += AT_ONCE * model.latent) {
        while (busy) await new Promise((resolve) => setTimeout(resolve, 30)); // the hand goes first
        if (signal?.aborted) return null;
        parts.push(await ask(z.subarray(i, i + AT_ONCE * model.latent)).catch(() => new Float32Array()));
      }
      const out = new Float32Array(parts.reduce((n, p) => n + p.length, 0));
      let at = 0;
      for (const part of parts) {
        out.set(part, at);
        at += part.length;
      }
      return out.length ? out : null;
    },
    close() {},
  };
  return decoder;
}
