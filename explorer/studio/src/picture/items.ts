/** Small pictures of encoded items: from the data set where it is present, otherwise decoded from their mean. */

import type { ModelInfo } from "../contract";
import { h } from "../dom/elements";
import type { Decoder } from "../net/decoder";
import { type Latents, row } from "../net/latents";
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
    const cached = this.cache.get(i);
    if (cached) return cached;
    const thumb = this.model.items ? this.fetch(i) : this.decode(i);
    this.keep(i, thumb);
    return thumb;
  }

  /** Fetch what is not here of these in one request. */
  prefetch(rows: number[]): void {
    const missing = rows.filter((i) => !this.cache.has(i));
    if (!this.model.items || missing.length < 2) return;
    const sprite = this.fetchSprite(missing);
    missing.forEach((i, k) => {
      const thumb = sprite.then((thumbs) => thumbs?.[k] ?? this.decode(i));
      this.keep(i, thumb);
    });
  }

  private keep(i: number, thumb: Promise<Thumb | null>): void {
    this.cache.set(i, thumb);
    void thumb.then((image) => image || this.cache.delete(i));
    if (this.cache.size > KEEP) this.cache.delete(this.cache.keys().next().value as number);
  }

  /** Several items from one picture, each on a canvas of its own; null where there is none. */
  private async fetchSprite(rows: number[]): Promise<Thumb[] | null> {
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

  private async fetch(i: number): Promise<Thumb | null> {
    const image = new Image();
    image.src = new URL(`${this.model.base}item/${i}.png`, document.baseURI).href;
    try {
      await image.decode();
      return { image, real: true };
    } catch {
      return this.decode(i);
    }
  }

  private async decode(i: number): Promise<Thumb | null> {
    const x = await this.decoder.idle(row(this.latents, i));
    return x && { image: sheet(x, 1, this.model), real: false };
  }
}
