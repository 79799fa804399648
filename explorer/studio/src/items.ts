/** Small pictures of encoded items: as they are in the data set where it is present, otherwise decoded from their mean. */

import type { Decoder } from "./decoder";
import { row, type Latents } from "./latents";
import { sheet } from "./pixels";
import type { ModelInfo } from "./types";

export interface Thumb {
  image: CanvasImageSource;
  real: boolean; // false: a reconstruction
}

const KEEP = 400;

export class Items {
  private cache = new Map<number, Promise<Thumb | null>>();

  constructor(private model: ModelInfo, private latents: Latents, private decoder: Decoder) {}

  get(i: number): Promise<Thumb | null> {
    let found = this.cache.get(i);
    if (!found) {
      found = this.model.items ? this.fetched(i) : this.decoded(i);
      this.cache.set(i, found);
      found.then((thumb) => thumb || this.cache.delete(i));
      if (this.cache.size > KEEP) this.cache.delete(this.cache.keys().next().value as number);
    }
    return found;
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
