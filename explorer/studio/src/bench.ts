/** What benchmarks and browser tests may read: window.__studio. Nothing here changes what the studio does. */

export interface Bench {
  decodes: number; // pictures decoded for the hand
  frames: number; // pictures drawn
  lastEventToPixelMs: number[]; // a ring: the event's timeStamp to the drawn canvas
  z: number[];
  ready: boolean; // the first picture is on screen
  where: string; // "browser" or "server": who decodes
  picture: Float32Array | null; // E[x|z] as it was drawn last, (C, H, W)
}

const KEEP = 1024;

export const bench: Bench = { decodes: 0, frames: 0, lastEventToPixelMs: [], z: [], ready: false, where: "", picture: null };
(window as unknown as { __studio: Bench }).__studio = bench;

export function drawn(eventAt: number): void {
  bench.frames++;
  bench.ready = true;
  bench.lastEventToPixelMs.push(performance.now() - eventAt);
  if (bench.lastEventToPixelMs.length > KEEP) bench.lastEventToPixelMs.shift();
}
