/** A network that runs in a thread of this browser: ask it for the hand (the newest wins) or for when there is time. */

import type { FromWorker, ToWorker } from "./messages";

type Answer = (ys: Float32Array[] | null) => void;

export class Client {
  readonly ready: Promise<boolean>; // false: it does not run here
  failed = "";
  ms = 0; // the last request of the hand
  outputs: string[] = []; // their names, once it is ready
  private worker: Worker;
  private waiting = new Map<number, Answer>();
  private next = 1;
  private latest = 0; // the hand's newest request
  private settle!: (works: boolean) => void;

  constructor(
    script: string,
    url: string,
    row: number[],
    private onFail: (reason: string) => void,
  ) {
    this.ready = new Promise((resolve) => (this.settle = resolve));
    this.worker = new Worker(script, { type: "module", name: url.split("/").pop() ?? "network" });
    this.worker.onmessage = ({ data }: MessageEvent<FromWorker>) => this.heard(data);
    this.worker.onerror = (event) => this.fail(event.message || "its thread did not start");
    this.send({ kind: "open", url, row });
  }

  /** The first output, unless a newer request comes first; null then. */
  async hand(x: Float32Array): Promise<Float32Array | null> {
    return first(await this.newest(x, false));
  }

  /** The same with every output, in the order of their names. */
  all(x: Float32Array): Promise<Float32Array[] | null> {
    return this.newest(x, true);
  }

  private newest(x: Float32Array, all: boolean): Promise<Float32Array[] | null> {
    this.waiting.get(this.latest)?.(null);
    this.waiting.delete(this.latest);
    this.latest = this.next++;
    return this.ask({ kind: "hand", id: this.latest, x: x.slice(), all });
  }

  /** n rows at once, while the hand is still; null when aborted. */
  async idle(x: Float32Array, signal?: AbortSignal): Promise<Float32Array | null> {
    const id = this.next++;
    signal?.addEventListener("abort", () => {
      this.waiting.get(id)?.(null);
      if (this.waiting.delete(id)) this.send({ kind: "drop", id });
    });
    return first(await this.ask({ kind: "idle", id, x: x.slice() }));
  }

  close(): void {
    this.worker.terminate();
    for (const answer of this.waiting.values()) answer(null);
    this.waiting.clear();
  }

  private ask(message: Extract<ToWorker, { x: Float32Array }>): Promise<Float32Array[] | null> {
    return new Promise((resolve) => {
      this.waiting.set(message.id, resolve);
      this.send(message, [message.x.buffer]);
    });
  }

  private heard(message: FromWorker): void {
    if (message.kind === "failed") return this.fail(message.message);
    if (message.kind === "ready") {
      this.outputs = message.outputs;
      return this.settle(true);
    }
    if (message.ms) this.ms = message.ms;
    this.waiting.get(message.id)?.(message.ys);
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

const first = (ys: Float32Array[] | null) => ys && ys[0];
