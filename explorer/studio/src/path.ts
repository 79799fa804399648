import type { PathData, Part, Renderer } from "./types";

export function path(_: Renderer<PathData>): Part<PathData> {
  return { update() {}, destroy() {} };
}
