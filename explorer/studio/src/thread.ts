/** A network that runs in a thread of this browser: ask it for the hand (the newest wins) or for when there is time. */

import type { FromWorker, ToWorker } from "./lanes";

type Answer = (y: Float32Array | null) => void;

export class Thread {
  readonly ready: Promise<boolean>; // false: it does not run here
  failed = "";
  ms = 0; // the last request of the hand
  private worker: Worker;
  private waiting = new Map<number, Answer>();
  private next = 1;
  private latest = 0; // the hand's newest request
  private settle!: (works: boolean) => void;

  constructor(script: string, url: string, row: number[], private onFail: (reason: string) => void) {
    this.ready = new Promise((resolve) => (this.settle = resolve));
    this.worker = new Worker(script, { type: "module", name: url.split("/").pop() ?? "network" });
    this.worker.onmessage = ({ data }: MessageEvent<FromWorker>) => this.heard(data);
    this.worker.onerror = (event) => this.fail(event.message || "its thread did not start");
    this.send({ kind: "open", url, row });
  }

  /** Answered unless a newer one comes first; null then. */
  hand(x: Float32Array): Promise<Float32Array | null> {
    this.waiting.get(this.latest)?.(null);
    this.waiting.delete(this.latest);
    this.latest = this.next++;
    return this.ask({ kind: "hand", id: this.latest, x: x.slice() });
  }

  /** n rows at once, while the hand is still; null when aborted. */
  idle(x: Float32Array, signal?: AbortSignal): Promise<Float32Array | null> {
    const id = this.next++;
    signal?.addEventListener("abort", () => {
      this.waiting.get(id)?.(null);
      if (this.waiting.delete(id)) this.send({ kind: "drop", id });
    });
    return this.ask({ kind: "idle", id, x: x.slice() });
  }

  close(): void {
    this.worker.terminate();
    for (const answer of this.waiting.values()) answer(null);
    this.waiting.clear();
  }

  private ask(message: Extract<ToWorker, { x: Float32Array }>): Promise<Float32Array | null> {
    return new Promise((resolve) => {
      this.waiting.set(message.id, resolve);
      this.send(message, [message.x.buffer]);
    });
  }

  private heard(message: FromWorker): void {
    if (message.kind === "failed") return this.fail(message.message);
    if (message.kind === "ready") return this.settle(true);
    if (message.ms) this.ms = message.ms;
    this.waiting.get(message.id)?.(message.y);
    this.waiting.delete(message.id);
  }

  private fail(reason: string): void {
    this.failed = reason;
    this.onFail(reason);
    this.close();
    this.settle(false);
  }

  private send(message: ToWorker, transfer: Transferable[] = []): void {
    this.worker.postMessage(message, transfer);
  }
}
