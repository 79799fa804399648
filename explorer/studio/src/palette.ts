/** How the colours of the contract become numbers. */

import { CLASSES, NO_CLASS } from "./contract";

export type Rgb = [number, number, number];

export function rgb(colour: string): Rgb {
  const n = parseInt(colour.slice(1, 7), 16);
  return [n >> 16, (n >> 8) & 255, n & 255];
}

export function classColour(k: number, dark: boolean): string {
  return k < 0 ? NO_CLASS : CLASSES[dark ? "dark" : "light"][k % 10];
}

/** An index into SHAPES: with the colour, it tells 100 classes apart. */
export function classShape(k: number): number {
  return k < 0 ? 0 : (k + Math.floor(k / 10)) % 10;
}

/** `steps` colours along a scale, as RGBA bytes: a texture. */
export function ramp(stops: string[], steps = 256): Uint8Array {
  const colours = stops.map(rgb);
  const out = new Uint8Array(4 * steps);
  for (let i = 0; i < steps; i++) {
    const at = (i / (steps - 1)) * (colours.length - 1);
    const k = Math.min(Math.floor(at), colours.length - 2);
    for (let c = 0; c < 3; c++) out[4 * i + c] = colours[k][c] + (colours[k + 1][c] - colours[k][c]) * (at - k);
    out[4 * i + 3] = 255;
  }
  return out;
}
