/** A network in a thread of this browser: the newest request overtakes its like, an idle one waits for quiet. */

import type { FromWorker, ToWorker } from "./messages";

type Resolve = (ys: Float32Array[] | null) => void;

export class Client {
  readonly ready: Promise<boolean>; // false: it does not run here
  failed = "";
  ms = 0; // the last newest request
  outputs: string[] = []; // their names, once it is ready
  private worker: Worker;
  private requests = new Map<number, Resolve>();
  private nextId = 1;
  private newestId = 0;
  private resolveReady!: (works: boolean) => void;

  constructor(
    script: string,
    url: string,
    row: number[],
    private onFail: (reason: string) => void,
  ) {
    this.ready = new Promise((resolve) => {
      this.resolveReady = resolve;
    });
    this.worker = new Worker(script, { type: "module", name: url.split("/").pop() ?? "network" });
    this.worker.onmessage = ({ data }: MessageEvent<FromWorker>) => this.receive(data);
    this.worker.onerror = (event) => this.fail(event.message || "its thread did not start");
    this.send({ kind: "open", url, row });
  }

  /** The first output, unless a newer request comes first; null then. */
  async newest(x: Float32Array): Promise<Float32Array | null> {
    return first(await this.overtake(x, false));
  }

  /** The same with every output, in the order of their names. */
  newestAll(x: Float32Array): Promise<Float32Array[] | null> {
    return this.overtake(x, true);
  }

  /** n rows at once, while no newest request comes; null when aborted. */
  async idle(x: Float32Array, signal?: AbortSignal): Promise<Float32Array | null> {
    const id = this.nextId++;
    signal?.addEventListener("abort", () => {
      this.requests.get(id)?.(null);
      if (this.requests.delete(id)) this.send({ kind: "drop", id });
    });
    return first(await this.request({ kind: "idle", id, x: x.slice() }));
  }

  close(): void {
    this.worker.terminate();
    for (const resolve of this.requests.values()) resolve(null);
    this.requests.clear();
  }

  private overtake(x: Float32Array, all: boolean): Promise<Float32Array[] | null> {
    this.requests.get(this.newestId)?.(null);
    this.requests.delete(this.newestId);
    this.newestId = this.nextId++;
    return this.request({ kind: "newest", id: this.newestId, x: x.slice(), all });
  }

  private request(message: Extract<ToWorker, { x: Float32Array }>): Promise<Float32Array[] | null> {
    return new Promise((resolve) => {
      this.requests.set(message.id, resolve);
      this.send(message, [message.x.buffer]);
    });
  }

  private receive(message: FromWorker): void {
    if (message.kind === "failed") return this.fail(message.message);
    if (message.kind === "ready") {
      this.outputs = message.outputs;
      return this.resolveReady(true);
    }
    if (message.ms) this.ms = message.ms;
    this.requests.get(message.id)?.(message.ys);
    this.requests.delete(message.id);
  }

  private fail(reason: string): void {
    this.failed = reason;
    this.onFail(reason);
    this.close();
    this.resolveReady(false);
  }

  private send(message: ToWorker, transfer: Transferable[] = []): void {
    this.worker.postMessage(message, transfer);
  }
}

const first = (ys: Float32Array[] | null) => ys?.[0] ?? null;
