/** z -> pictures, wherever they are computed: in this browser's own thread, or on the server where that cannot be. */

import { Server } from "./server";
import { Thread } from "./thread";
import type { Bundle, ModelInfo } from "./types";

export interface Decoder {
  readonly ready: Promise<void>;
  readonly where: "browser" | "server";
  readonly ms: number; // the last decode for the hand
  /** The hand's lane: only the newest request is answered; an overtaken one resolves to null. */
  hand(z: Float32Array): Promise<Float32Array | null>;
  /** The idle lane: n rows of z at once, whenever there is time; null when aborted. */
  idle(z: Float32Array, signal?: AbortSignal): Promise<Float32Array | null>;
}

/** In the browser; should that fail, the server takes over and the next move is its first. */
class Browser implements Decoder {
  readonly ready: Promise<void>;
  private thread: Thread;
  private server: Server;

  constructor(model: ModelInfo, bundle: Bundle) {
    this.server = new Server(model);
    this.thread = new Thread(script(bundle), asset(model, "decoder.onnx"), [model.latent], (reason) =>
      console.warn(`This browser does not decode ${model.name}, so the server does: ${reason}`));
    this.ready = this.thread.ready.then(() => undefined);
  }

  get where(): "browser" | "server" {
    return this.thread.failed ? "server" : "browser";
  }

  get ms(): number {
    return this.thread.failed ? this.server.ms : this.thread.ms;
  }

  hand(z: Float32Array): Promise<Float32Array | null> {
    return this.thread.failed ? this.server.hand(z) : this.thread.hand(z);
  }

  idle(z: Float32Array, signal?: AbortSignal): Promise<Float32Array | null> {
    return this.thread.failed ? this.server.idle(z, signal) : this.thread.idle(z, signal);
  }

  close(): void {
    this.thread.close();
  }
}

const open = new Map<string, Decoder>(); // a page that is left and entered again finds its session open
const KEEP = 2;

export function openDecoder(model: ModelInfo, bundle: Bundle): Decoder {
  const key = asset(model, "");
  const decoder = open.get(key) ?? (model.browser ? new Browser(model, bundle) : new Server(model));
  open.delete(key);
  open.set(key, decoder); // the newest last
  for (const [old, other] of open) {
    if (open.size <= KEEP) break;
    if (other instanceof Browser) other.close();
    open.delete(old);
  }
  return decoder;
}

/** A decoder whose hand overtakes nobody else's; whoever opens it closes it. */
export function ownDecoder(model: ModelInfo, bundle: Bundle): Decoder & { close(): void } {
  return model.browser ? new Browser(model, bundle) : Object.assign(new Server(model), { close: () => undefined });
}

/** x -> the posterior's mean, in this browser only. */
export function openEncoder(model: ModelInfo, bundle: Bundle): Thread {
  return new Thread(script(bundle), asset(model, "encoder.onnx"), model.shape, (reason) =>
    console.warn(`This browser does not encode with ${model.name}: ${reason}`));
}

export const asset = (model: ModelInfo, file: string) => new URL(model.base + file, document.baseURI).href;
const script = (bundle: Bundle) => new URL(`studio/${bundle.net}`, document.baseURI).href;
