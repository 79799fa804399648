/** How a decoded picture is drawn: the mean itself, one draw of p(x|z), or its sigma in colours. */

import type { Mode, ModelInfo } from "../contract";
import type { Decoded } from "../types";
import { draws, isWhole, meanOnlyReason, noise, sigmas } from "./distribution";
import { paint, paintScale } from "./pixels";
import { SIGMA_RAMP, type SigmaScale } from "./sigmascale";

export class Render {
  mode: Mode = "mean";
  noise: Float32Array | null = null;
  values: Float32Array; // what was drawn last: (C, H, W) of the mode
  low = 0; // of the sigma that was drawn last
  high = 0;
  private seed = -1;

  constructor(
    private model: ModelInfo,
    private scale: SigmaScale,
  ) {
    this.values = new Float32Array(model.shape[0] * model.shape[1] * model.shape[2]);
  }

  set(mode: Mode, seed: number): void {
    this.mode = meanOnlyReason(this.model) ? "mean" : mode;
    if (this.mode === "sample" && (!this.noise || this.seed !== seed)) this.noise = noise(this.model, seed);
    this.seed = seed;
  }

  /** Whether a decode must give all of p(x|z). */
  get whole(): boolean {
    return this.mode !== "mean" && this.model.beside.length > 0;
  }

  shows(decoded: Decoded): boolean {
    return this.mode === "mean" || isWhole(this.model, decoded);
  }

  /** Into an RGBA buffer; the mean, as long as there is no more than that. */
  draw(decoded: Decoded, out: Uint8ClampedArray): void {
    if (this.mode === "mean" || !this.shows(decoded)) return paint(decoded.x, 0, this.model, out);
    if (this.mode === "sample") {
      draws(this.model, decoded, this.noise!, this.values);
      return paint(this.values, 0, this.model, out);
    }
    sigmas(this.model, decoded, this.values);
    const [c, height, width] = this.model.shape;
    const one = rms(this.values, Math.min(c, 3), height * width);
    [this.low, this.high] = [Infinity, 0];
    for (const value of one) {
      if (value < this.low) this.low = value;
      if (value > this.high) this.high = value;
    }
    this.scale.reach(this.high);
    paintScale(one, this.scale.top, SIGMA_RAMP, out);
  }
}

/** One number a pixel: the root of the mean square over its channels. */
function rms(values: Float32Array, channels: number, size: number): Float32Array {
  if (channels === 1) return values.subarray(0, size);
  const out = new Float32Array(size);
  for (let i = 0; i < size; i++) {
    let sum = 0;
    for (let c = 0; c < channels; c++) sum += values[c * size + i] ** 2;
    out[i] = Math.sqrt(sum / channels);
  }
  return out;
}
