/** What lies on a slider's track: the histogram of the encoded means, zero, and a few decoded pictures along it. */

import { fit, pen } from "./dom";
import type { Latents } from "./latents";
import type { Theme } from "./theme";

export interface Range {
  low: number;
  high: number;
}

/** How tall a row is, and how many decoded pictures lie on its track: fewer and larger ones where there is room. */
export interface Rows {
  height: number;
  ticks: number;
}
export const CLOSE: Rows = { height: 57, ticks: 7 };
export const ROOMY: Rows = { height: 78, ticks: 5 };
export const HIST = 20; // pixels of the histogram's height
export const INSET = 9; // half a thumb: the track's ends lie within

/** Where the data of a dimension lies, and the prior's bulk at least, where there is one. */
export function range(latents: Latents | null, dim: number): Range {
  const edges = latents?.edges;
  const bins = latents?.bins ?? 0;
  const [first, last] = edges ? [edges[dim * (bins + 1)], edges[dim * (bins + 1) + bins]] : [0, 0];
  if (latents && !latents.prior && first < last) return { low: first, high: last };
  return { low: Math.min(-3, Math.floor(first * 2) / 2), high: Math.max(3, Math.ceil(last * 2) / 2) };
}

export const fraction = (r: Range, value: number) => Math.min(1, Math.max(0, (value - r.low) / (r.high - r.low)));
export const tickValue = (r: Range, k: number, ticks: number) => r.low + ((k + 0.5) / ticks) * (r.high - r.low);

/** The histogram as a filled silhouette over a base line. */
export function drawHistogram(
  canvas: HTMLCanvasElement, width: number, latents: Latents | null, dim: number, r: Range, theme: Theme,
): void {
  fit(canvas, width, HIST + 1);
  const context = pen(canvas);
  context.clearRect(0, 0, width, HIST + 1);
  const x = (value: number) => INSET + fraction(r, value) * (width - 2 * INSET);
  context.fillStyle = theme.dark ? "#3d454d" : "#d3d8da";
  if (latents?.counts && latents.edges) {
    const { bins, counts, edges } = latents;
    const own = counts.subarray(dim * bins, (dim + 1) * bins);
    const most = own.reduce((a, b) => Math.max(a, b), 1);
    context.beginPath();
    context.moveTo(x(edges[dim * (bins + 1)]), HIST);
    for (let b = 0; b < bins; b++) {
      const middle = (edges[dim * (bins + 1) + b] + edges[dim * (bins + 1) + b + 1]) / 2;
      context.lineTo(x(middle), HIST - (HIST - 2) * (own[b] / most));
    }
    context.lineTo(x(edges[dim * (bins + 1) + bins]), HIST);
    context.fill();
    context.strokeStyle = theme.faint; // the outline carries the contrast, the area stays quiet
    context.globalAlpha = 0.8;
    context.stroke();
    context.globalAlpha = 1;
  }
  context.fillStyle = theme.faint;
  context.globalAlpha = 0.55;
  context.fillRect(INSET, HIST, width - 2 * INSET, 1);
  context.fillRect(x(0), HIST - 5, 1, 6);
}

/** The decoded pictures under the line. */
export function drawTicks(canvas: HTMLCanvasElement, width: number, rows: Rows, sheet: HTMLCanvasElement | null): void {
  const height = rows.height - 35;
  canvas.style.height = `${height}px`;
  fit(canvas, width, height);
  const context = pen(canvas);
  context.clearRect(0, 0, width, height);
  if (!sheet) return;
  const [w, t] = [sheet.width / rows.ticks, sheet.height];
  const step = (width - 2 * INSET) / rows.ticks;
  const side = Math.min(height, step - 2);
  context.imageSmoothingQuality = "high";
  for (let k = 0; k < rows.ticks; k++) {
    context.drawImage(sheet, k * w, 0, w, t, INSET + (k + 0.5) * step - side / 2, 0, side, side);
  }
}
