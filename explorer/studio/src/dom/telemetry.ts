/** What benchmarks and browser tests may read: window.__studio. Nothing here changes what the studio does. */

export interface Bench {
  decodes: number; // pictures decoded for the hand
  frames: number; // pictures drawn
  lastEventToPixelMs: number[]; // a ring: the event's timeStamp to the drawn canvas
  mapped: number; // times that the map's points were drawn, all of them
  z: number[];
  ready: boolean; // the first picture is on screen
  where: string; // "browser" or "server": who decodes
  picture: Float32Array | null; // E[x|z] as it was drawn last, (C, H, W)
  look: Look | null; // how it was drawn
  strip: Float32Array | null; // the pictures of the path, (n, C, H, W)
  camera: string; // of the map: "x,y,zoom", "" for all of it
  beside_camera: string; // of the second map
  second: Second | null; // the compared model, while there is one
}

export interface Look {
  mode: string;
  whole: boolean; // what the mode needs was decoded; otherwise the mean is shown meanwhile
  values: Float32Array; // the sample or sigma that was drawn last, (C, H, W)
  noise: Float32Array | null; // of the sample
  top: number; // sigma of the brightest colour
}

export interface Second {
  frames: number; // pictures of it that were drawn
  picture: Float32Array; // the last of them, (C, H, W)
  z: number[]; // what it was decoded from
  mean: number; // |B - A| a pixel, in the range from 0 to 1
  differing: number; // pixels that are not the same to the bit
  lastEventToPixelMs: number[];
}

const KEEP = 1024;

export const bench: Bench = {
  decodes: 0,
  frames: 0,
  mapped: 0,
  lastEventToPixelMs: [],
  z: [],
  ready: false,
  where: "",
  picture: null,
  look: null,
  strip: null,
  camera: "",
  beside_camera: "",
  second: null,
};
(window as unknown as { __studio: Bench }).__studio = bench;

export function followed(eventAt: number, now: Omit<Second, "frames" | "lastEventToPixelMs">): void {
  const before = bench.second;
  const ms = before?.lastEventToPixelMs ?? [];
  ms.push(performance.now() - eventAt);
  if (ms.length > KEEP) ms.shift();
  bench.second = { ...now, frames: (before?.frames ?? 0) + 1, lastEventToPixelMs: ms };
}

export function drawn(eventAt: number): void {
  bench.frames++;
  bench.ready = true;
  bench.lastEventToPixelMs.push(performance.now() - eventAt);
  if (bench.lastEventToPixelMs.length > KEEP) bench.lastEventToPixelMs.shift();
}
