/** How far from z its decoded picture is encoded. Small where the decoder has learned, large elsewhere. */

import type { Bundle, ModelInfo } from "../contract";
import type { Client } from "./client";
import type { Decoder } from "./decoder";
import { type Latents, row } from "./latents";
import { openEncoder } from "./open";

const SAMPLE = 24; // items whose own round trips calibrate the gauge

export interface Trip {
  distance: number;
  share: number; // of the items that come back from further away, 0..1
}

export class RoundTrip {
  private encoder: Client | null = null;
  private calibration: Promise<Float32Array | null> | null = null; // distances of items

  constructor(
    private model: ModelInfo,
    private bundle: Bundle,
    private decoder: Decoder,
    private latents: Latents,
    private used: number[],
  ) {}

  /** From z and its decoded mean x; null where the encoder does not run here. */
  async of(z: Float32Array, x: Float32Array): Promise<Trip | null> {
    this.encoder ??= this.model.encoder ? openEncoder(this.model, this.bundle) : null;
    if (!(await this.encoder?.ready)) return null;
    this.calibration ??= this.calibrate();
    const items = await this.calibration;
    const back = await this.encoder!.newest(x);
    if (!back || !items) return null;
    const distance = this.distance(z, back, 0);
    return { distance, share: items.filter((d) => d > distance).length / items.length };
  }

  destroy(): void {
    this.encoder?.close();
  }

  private distance(z: Float32Array, back: Float32Array, k: number): number {
    const latent = this.model.latent;
    return Math.sqrt(this.used.reduce((sum, d) => sum + (z[k * latent + d] - back[k * latent + d]) ** 2, 0));
  }

  private async calibrate(): Promise<Float32Array | null> {
    const { latent } = this.model;
    const n = Math.min(SAMPLE, this.latents.count);
    const z = new Float32Array(n * latent);
    for (let k = 0; k < n; k++) z.set(row(this.latents, Math.floor((k * this.latents.count) / n)), k * latent);
    const x = await this.decoder.idle(z);
    const back = x && (await this.encoder!.idle(x));
    return back && Float32Array.from({ length: n }, (_, k) => this.distance(z, back, k));
  }
}
