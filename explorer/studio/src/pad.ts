import type { PadData, Part, Renderer } from "./types";

export function pad(_: Renderer<PadData>): Part<PadData> {
  return { update() {}, destroy() {} };
}
