/** Small pictures of encoded items: as they are in the data set where it is present, otherwise decoded from their mean. */

import { h } from "../dom/elements";
import type { Decoder } from "../net/decoder";
import { type Latents, row } from "../net/latents";
import type { ModelInfo } from "../types";
import { sheet } from "./pixels";

export interface Thumb {
  image: CanvasImageSource;
  real: boolean; // false: a reconstruction
}

const KEEP = 400;

export class Items {
  private cache = new Map<number, Promise<Thumb | null>>();

  constructor(
    private model: ModelInfo,
    private latents: Latents,
    private decoder: Decoder,
  ) {}

  get(i: number): Promise<Thumb | null> {
    let found = this.cache.get(i);
    if (!found) {
      found = this.model.items ? this.fetched(i) : this.decoded(i);
      this.keep(i, found);
    }
    return found;
  }

  /** These will be asked for: fetch what is not here in one request. */
  expect(rows: number[]): void {
    const lacking = rows.filter((i) => !this.cache.has(i));
    if (!this.model.items || lacking.length < 2) return;
    const sprite = this.sprite(lacking);
    lacking.forEach((i, k) => {
      const found = sprite.then((pictures) => pictures?.[k] ?? this.decoded(i));
      this.keep(i, found);
    });
  }

  private keep(i: number, found: Promise<Thumb | null>): void {
    this.cache.set(i, found);
    void found.then((thumb) => thumb || this.cache.delete(i));
    if (this.cache.size > KEEP) this.cache.delete(this.cache.keys().next().value as number);
  }

  /** Several items from one picture, each on a canvas of its own; null where they cannot be had. */
  private async sprite(rows: number[]): Promise<Thumb[] | null> {
    const image = new Image();
    image.src = new URL(`${this.model.base}items.png?rows=${rows.join(",")}`, document.baseURI).href;
    try {
      await image.decode();
    } catch {
      return null;
    }
    const [, height, width] = this.model.shape;
    return rows.map((_, k) => {
      const canvas = h<HTMLCanvasElement>("canvas", { width, height });
      canvas.getContext("2d")!.drawImage(image, -k * width, 0);
      return { image: canvas, real: true };
    });
  }

  private async fetched(i: number): Promise<Thumb | null> {
    const image = new Image();
    image.src = new URL(`${this.model.base}item/${i}.png`, document.baseURI).href;
    try {
      await image.decode();
      return { image, real: true };
    } catch {
      return this.decoded(i);
    }
  }

  private async decoded(i: number): Promise<Thumb | null> {
    const x = await this.decoder.idle(row(this.latents, i));
    return x && { image: sheet(x, 1, this.model), real: false };
  }
}
