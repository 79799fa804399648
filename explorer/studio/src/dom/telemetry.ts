/** What benchmarks and browser tests may read: window.__studio. Nothing here changes what the studio does. */

export interface Telemetry {
  decodes: number; // pictures decoded for a move
  frames: number; // pictures drawn
  lastEventToPixelMs: number[]; // a ring: the event's timeStamp to the drawn canvas
  mapped: number; // times that the map's points were drawn, all of them
  z: number[];
  ready: boolean; // the first picture is on screen
  where: string; // "browser" or "server": who decodes
  picture: Float32Array | null; // E[x|z] as it was drawn last, (C, H, W)
  look: RenderTelemetry | null; // how it was drawn
  strip: Float32Array | null; // the pictures of the path, (n, C, H, W)
  camera: string; // of the map: "x,y,zoom", "" for all of it
  beside_camera: string; // of the second map
  second: FollowerTelemetry | null; // the compared model, while there is one
}

export interface RenderTelemetry {
  mode: string;
  whole: boolean; // what the mode needs was decoded; until then the mean is drawn
  values: Float32Array; // the sample or sigma that was drawn last, (C, H, W)
  noise: Float32Array | null; // of the sample
  top: number; // sigma of the brightest colour
}

export interface FollowerTelemetry {
  frames: number; // pictures of it that were drawn
  picture: Float32Array; // the last of them, (C, H, W)
  z: number[]; // what it was decoded from
  mean: number; // |B - A| a pixel, in the range from 0 to 1
  differing: number; // pixels that are not the same to the bit
  lastEventToPixelMs: number[];
}

const KEEP = 1024;

export const telemetry: Telemetry = {
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
(window as unknown as { __studio: Telemetry }).__studio = telemetry;

/** A picture is on screen, `eventAt` being the timeStamp of the event that asked for it. */
export function countFrame(eventAt: number): void {
  telemetry.frames++;
  telemetry.ready = true;
  keep(telemetry.lastEventToPixelMs, performance.now() - eventAt);
}

/** The same of the compared model's picture. */
export function countFollower(eventAt: number, frame: Omit<FollowerTelemetry, "frames" | "lastEventToPixelMs">): void {
  const { frames = 0, lastEventToPixelMs = [] } = telemetry.second ?? {};
  keep(lastEventToPixelMs, performance.now() - eventAt);
  telemetry.second = { ...frame, frames: frames + 1, lastEventToPixelMs };
}

function keep(ring: number[], ms: number): void {
  ring.push(ms);
  if (ring.length > KEEP) ring.shift();
}
