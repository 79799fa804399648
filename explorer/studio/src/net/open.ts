/** Opens a model's networks, each where it can run: in a thread of this browser, or on the server. */

import type { Bundle, Decoded, ModelInfo } from "../types";
import { Client } from "./client";
import type { Decoder } from "./decoder";
import { asset, Server } from "./server";

/** In the browser; should that fail, the server takes over and the next move is its first. */
class Browser implements Decoder {
  readonly ready: Promise<void>;
  private thread: Client;
  private server: Server;

  constructor(
    private model: ModelInfo,
    bundle: Bundle,
  ) {
    this.server = new Server(model);
    this.thread = new Client(
      script(bundle),
      `${asset(model, "decoder.onnx")}?v=${model.decoder}`,
      [model.latent],
      (reason) => console.warn(`This browser does not decode ${model.name}, so the server does: ${reason}`),
    );
    this.ready = this.thread.ready.then(() => undefined);
  }

  get where(): "browser" | "server" {
    return this.thread.failed ? "server" : "browser";
  }

  get ms(): number {
    return this.thread.failed ? this.server.ms : this.thread.ms;
  }

  async hand(z: Float32Array, whole = false): Promise<Decoded | null> {
    if (whole) await this.thread.ready;
    if (this.thread.failed || (whole && !this.tells())) return this.server.hand(z, whole);
    if (!whole) return named(await this.thread.hand(z).then((x) => x && [x]), ["x"]);
    return named(await this.thread.all(z), this.thread.outputs);
  }

  /** Whether the graph says all of p(x|z); one of an older export gives the mean alone, and the server has the rest. */
  private tells(): boolean {
    return this.model.beside.every((name) => this.thread.outputs.includes(name));
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
  const key = `${asset(model, "")}${model.decoder}`;
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
export function openEncoder(model: ModelInfo, bundle: Bundle): Client {
  return new Client(script(bundle), asset(model, "encoder.onnx"), model.shape, (reason) =>
    console.warn(`This browser does not encode with ${model.name}: ${reason}`),
  );
}

const script = (bundle: Bundle) => new URL(`studio/${bundle.net}`, document.baseURI).href;

const named = (ys: Float32Array[] | null, names: string[]) =>
  ys && (Object.fromEntries(ys.map((y, k) => [k ? names[k] : "x", y])) as unknown as Decoded);
