/** Opens a model's networks, each where it can run: in a thread of this browser, or on the server. */

import type { Bundle, ModelInfo } from "../contract";
import type { Decoded } from "../types";
import { Client } from "./client";
import type { Decoder } from "./decoder";
import { asset, Server } from "./server";

/** In the browser; should that fail, the server takes over and the next move is its first. */
class Browser implements Decoder {
  readonly ready: Promise<void>;
  private client: Client;
  private server: Server;

  constructor(
    private model: ModelInfo,
    bundle: Bundle,
  ) {
    this.server = new Server(model);
    const url = `${asset(model, "decoder.onnx")}?v=${model.decoder}`;
    this.client = new Client(script(bundle), url, [model.latent], (reason) =>
      console.warn(`This browser does not decode ${model.name}, so the server does: ${reason}`),
    );
    this.ready = this.client.ready.then(() => undefined);
  }

  get where(): "browser" | "server" {
    return this.client.failed ? "server" : "browser";
  }

  get ms(): number {
    return this.client.failed ? this.server.ms : this.client.ms;
  }

  async newest(z: Float32Array, whole = false): Promise<Decoded | null> {
    if (whole) await this.client.ready;
    if (this.client.failed || (whole && !this.hasAllOutputs())) return this.server.newest(z, whole);
    if (whole) return decodedOf(await this.client.newestAll(z), this.client.outputs);
    const x = await this.client.newest(z);
    return x && { x };
  }

  idle(z: Float32Array, signal?: AbortSignal): Promise<Float32Array | null> {
    return this.client.failed ? this.server.idle(z, signal) : this.client.idle(z, signal);
  }

  close(): void {
    this.client.close();
  }

  /** Whether the graph gives all of p(x|z); an older export gives the mean alone, and the server has the rest. */
  private hasAllOutputs(): boolean {
    return this.model.beside.every((name) => this.client.outputs.includes(name));
  }
}

const decoders = new Map<string, Decoder>(); // a page that is left and entered again finds its session open
const KEEP = 2;

/** The decoder that all parts of a page share. */
export function openDecoder(model: ModelInfo, bundle: Bundle): Decoder {
  const key = `${asset(model, "")}${model.decoder}`;
  const decoder = decoders.get(key) ?? (model.browser ? new Browser(model, bundle) : new Server(model));
  decoders.delete(key);
  decoders.set(key, decoder); // the newest last
  for (const [oldKey, old] of decoders) {
    if (decoders.size <= KEEP) break;
    if (old instanceof Browser) old.close();
    decoders.delete(oldKey);
  }
  return decoder;
}

/** A decoder of one part alone: its requests overtake no others, and the part closes it. */
export function ownDecoder(model: ModelInfo, bundle: Bundle): Decoder & { close(): void } {
  if (model.browser) return new Browser(model, bundle);
  return Object.assign(new Server(model), { close: () => undefined });
}

/** x -> the posterior's mean, in this browser only. */
export function openEncoder(model: ModelInfo, bundle: Bundle): Client {
  return new Client(script(bundle), asset(model, "encoder.onnx"), model.shape, (reason) =>
    console.warn(`This browser does not encode with ${model.name}: ${reason}`),
  );
}

const script = (bundle: Bundle) => new URL(`studio/${bundle.net}`, document.baseURI).href;

/** A graph's outputs by name; the first is the mean, whatever it is called. */
const decodedOf = (ys: Float32Array[] | null, names: string[]) =>
  ys && (Object.fromEntries(ys.map((y, k) => [k ? names[k] : "x", y])) as unknown as Decoded);
