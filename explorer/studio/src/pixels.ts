/** Decoded means in [0, 1] -> RGBA bytes: as the mean itself, as a sample of p(x|z), or as its sigma. */

import { normal, uniform } from "./random";
import type { Mode, ModelInfo } from "./types";

/** Which of the three the likelihood allows. */
export function modes(model: ModelInfo): Mode[] {
  if (model.likelihood === "bernoulli") return ["mean", "sample", "sigma"];
  return model.sigma === null ? ["mean"] : ["mean", "sample"]; // one sigma for every pixel is a number, no picture
}

/** Noise that stays the same while z moves: only the picture changes, until it is drawn anew. */
export function noise(model: ModelInfo, seed: number): Float32Array {
  const [c, height, width] = model.shape;
  const draw = model.likelihood === "bernoulli" ? uniform(seed) : normal(seed);
  return Float32Array.from({ length: c * height * width }, draw);
}

/** One value of the picture, in [0, 1]. */
function shade(p: number, mode: Mode, model: ModelInfo, e: number): number {
  if (mode === "mean") return p;
  if (model.likelihood === "bernoulli") return mode === "sample" ? Number(e < p) : 2 * Math.sqrt(p * (1 - p));
  return p + (model.sigma ?? 0) * e;
}

export interface Look {
  mode: Mode;
  noise: Float32Array | null;
}

export const PLAIN: Look = { mode: "mean", noise: null };

/** Writes picture `k` of x (n, C, H, W) into an RGBA buffer. */
export function paint(x: Float32Array, k: number, model: ModelInfo, look: Look, out: Uint8ClampedArray): void {
  const [c, height, width] = model.shape;
  const size = height * width;
  const start = k * c * size;
  for (let i = 0; i < size; i++) {
    for (let channel = 0; channel < 3; channel++) {
      const at = Math.min(channel, c - 1) * size + i;
      const p = x[start + at];
      out[4 * i + channel] = 255 * (look.mode === "mean" ? p : shade(p, look.mode, model, look.noise?.[at] ?? 0));
    }
    out[4 * i + 3] = c === 4 ? 255 * x[start + 3 * size + i] : 255;
  }
}

/** Pictures at their own size, side by side in one canvas: a sprite sheet. */
export function sheet(x: Float32Array, n: number, model: ModelInfo): HTMLCanvasElement {
  const [, height, width] = model.shape;
  const canvas = document.createElement("canvas");
  canvas.width = n * width;
  canvas.height = height;
  const context = canvas.getContext("2d")!;
  const image = context.createImageData(width, height);
  for (let k = 0; k < n; k++) {
    paint(x, k, model, PLAIN, image.data);
    context.putImageData(image, k * width, 0);
  }
  return canvas;
}
