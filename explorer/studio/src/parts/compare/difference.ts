/** The difference of two pictures of one shape: pixel by pixel, with its sign, in colours whose zero is the paper. */

import { DIVERGING, DIVERGING_DARK } from "../../contract";
import { ramp } from "../../palette";

export const FULL = 0.5; // a difference of this much, or more, has the full colour
const STEPS = 511; // odd: there is a middle one, and it is zero
const CLEAR = 0.1; // a difference that counts as brighter or darker, in words

export interface Difference {
  signed: Float32Array; // (H, W): B - A, the mean of the channels
  mean: number; // |B - A|, over all pixels and channels, in the range from 0 to 1
  brighter: number; // the share of pixels in which B is clearly brighter, 0..1
  darker: number;
  differing: number; // pixels that are not the same to the bit
}

/** Both (C, H, W). */
export function difference(a: Float32Array, b: Float32Array, channels: number): Difference {
  const size = a.length / channels;
  const signed = new Float32Array(size);
  let [sum, brighter, darker, differing] = [0, 0, 0, 0];
  for (let i = 0; i < size; i++) {
    let [net, same] = [0, true];
    for (let c = 0; c < channels; c++) {
      const d = b[c * size + i] - a[c * size + i];
      net += d;
      sum += Math.abs(d);
      same &&= d === 0;
    }
    signed[i] = net / channels;
    if (!same) differing++;
    if (signed[i] > CLEAR) brighter++;
    if (signed[i] < -CLEAR) darker++;
  }
  return { signed, mean: sum / a.length, brighter: brighter / size, darker: darker / size, differing };
}

/** Blue for -FULL, vermilion for FULL, the page's own paper for 0. */
export function signedStops(dark: boolean, paper: string): string[] {
  return (dark ? DIVERGING_DARK : DIVERGING).map((colour, k) => (k === 2 ? paper : colour));
}

export const signedRamp = (stops: string[]) => ramp(stops, STEPS);

export function paintSigned(signed: Float32Array, colours: Uint8Array, out: Uint8ClampedArray): void {
  const middle = (STEPS - 1) / 2;
  for (let i = 0; i < signed.length; i++) {
    const share = Math.max(-1, Math.min(1, signed[i] / FULL));
    const at = 4 * (middle + Math.round(share * middle));
    for (let c = 0; c < 4; c++) out[4 * i + c] = colours[at + c];
  }
}
