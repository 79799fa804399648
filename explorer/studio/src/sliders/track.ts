/** A slider's track: the histogram of the encoded means, zero, and a few decoded pictures along it. */

import { fit, pen } from "../dom/canvas";
import type { Theme } from "../dom/theme";
import type { Latents } from "../net/latents";

export interface Range {
  low: number;
  high: number;
}

/** How a row is laid out: its decoded pictures, and whether name and number stand above the track or beside it. */
export interface RowLayout {
  height: number;
  ticks: number;
  side: number; // pixels of a decoded picture, at most
  stacked: boolean;
}
export const HIST = 20; // pixels of the histogram's height
export const INSET = 9; // half a thumb: the track's ends lie within
export const HEAD = 28; // pixels of name and number above a track
const BARE = 35; // pixels of a row without its pictures
const LARGEST = 112; // pixels of a decoded picture
const APART = 16; // pixels between rows, where there is room
const CLOSE: RowLayout = { height: 57, ticks: 7, side: 22, stacked: false };
export const ROOMY = 78; // pixels of a row from which there are fewer pictures, and larger ones

/** The layout of the largest pictures where a row may be `room` pixels tall, its track `beside` or `above` wide. */
export function rowLayout(room: number, beside: number, above: number): RowLayout {
  if (room < ROOMY) return CLOSE;
  const ticks = 5;
  const fits = (tall: number, wide: number) => Math.floor(Math.min(LARGEST, tall, (wide - 2 * INSET) / ticks - 2));
  const [flat, stacked] = [fits(room - BARE, beside), fits(room - BARE - HEAD, above)];
  const tall = BARE + HEAD + stacked;
  if (stacked > flat) return { height: Math.floor(Math.min(room, tall + APART)), ticks, side: stacked, stacked: true };
  return { height: Math.max(ROOMY, BARE + flat), ticks, side: Math.max(ROOMY - BARE, flat), stacked: false };
}

export const isSameLayout = (a: RowLayout, b: RowLayout) =>
  a.height === b.height && a.ticks === b.ticks && a.stacked === b.stacked;

/** Where the data of a dimension lies, and the prior's bulk at least, where there is one. */
export function rangeOf(latents: Latents | null, dim: number): Range {
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
  canvas: HTMLCanvasElement,
  width: number,
  latents: Latents | null,
  dim: number,
  r: Range,
  theme: Theme,
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
export function drawTicks(
  canvas: HTMLCanvasElement,
  width: number,
  rows: RowLayout,
  sheet: HTMLCanvasElement | null,
): void {
  const height = rows.side;
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
