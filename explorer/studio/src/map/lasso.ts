/** Which points lie within an outline. Pure. */

import type { Camera } from "./gl/camera";
import type { Selection } from "./shared";

export type Outline = [number, number][]; // pixels

/** The points within, by the even-odd rule. */
export function selectWithin(xy: Float32Array, camera: Camera, outline: Outline): Selection {
  const ring = outline.map(([px, py]) => camera.toWorld(px, py));
  const xs = ring.map((corner) => corner[0]);
  const ys = ring.map((corner) => corner[1]);
  const [left, right, low, high] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const mask = new Float32Array(xy.length / 2);
  let count = 0;
  for (let i = 0; i < mask.length; i++) {
    const [x, y] = [xy[2 * i], xy[2 * i + 1]];
    if (x < left || x > right || y < low || y > high) continue; // most are outside the box
    if (!isInside(ring, x, y)) continue;
    mask[i] = 1;
    count++;
  }
  return { mask, count };
}

function isInside(ring: [number, number][], x: number, y: number): boolean {
  let inside = false;
  for (let a = 0, b = ring.length - 1; a < ring.length; b = a++) {
    const above = ring[a][1] > y;
    if (above === ring[b][1] > y) continue;
    if (x < ((ring[b][0] - ring[a][0]) * (y - ring[a][1])) / (ring[b][1] - ring[a][1]) + ring[a][0]) inside = !inside;
  }
  return inside;
}

export const rectangle = (x0: number, y0: number, x1: number, y1: number): Outline => [
  [x0, y0],
  [x1, y0],
  [x1, y1],
  [x0, y1],
];
