/** Numbers of a picture -> RGBA bytes: as grey or colour, or along a scale. */

import type { ModelInfo } from "../contract";

/** Writes picture `k` of x (n, C, H, W), cut to [0, 1], into an RGBA buffer. */
export function paint(x: Float32Array, k: number, model: ModelInfo, out: Uint8ClampedArray): void {
  const [c, height, width] = model.shape;
  const size = height * width;
  const start = k * c * size;
  for (let i = 0; i < size; i++) {
    for (let channel = 0; channel < 3; channel++)
      out[4 * i + channel] = 255 * x[start + Math.min(channel, c - 1) * size + i];
    out[4 * i + 3] = c === 4 ? 255 * x[start + 3 * size + i] : 255;
  }
}

/** Writes values (H, W) between 0 and `top` in the colours of a ramp, RGBA. */
export function paintScale(values: Float32Array, top: number, colours: Uint8Array, out: Uint8ClampedArray): void {
  const last = colours.length / 4 - 1;
  for (let i = 0; i < values.length; i++) {
    const at = 4 * Math.round(last * Math.min(1, values[i] / top));
    for (let c = 0; c < 4; c++) out[4 * i + c] = colours[at + c];
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
    paint(x, k, model, image.data);
    context.putImageData(image, k * width, 0);
  }
  return canvas;
}
