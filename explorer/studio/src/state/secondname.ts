/** A second map in words, as a link has it: its name, or "raw~3~7" for two dimensions as they are. */

import type { Latents } from "../net/latents";
import type { View } from "../types";

/** Which map, and which two dimensions where it is a raw one: "umap", "raw~3~7". */
export interface Beside {
  map: string;
  x: number;
  y: number;
}

export function readBeside(text: string, latents: Latents): Beside | null {
  const found = /^(.+?)(?:~(\d+)~(\d+))?$/.exec(text);
  if (!found) return null;
  const [map, x, y] = [found[1], Number(found[2] ?? 0), Number(found[3] ?? 1)];
  const known = map === "raw" ? Math.max(x, y) < latents.dims : latents.maps.some((m) => m.name === map);
  return known ? { map, x, y } : null;
}

export const writeBeside = ({ map, x, y }: Beside): string => (map === "raw" ? `raw~${x}~${y}` : map);

/** What tells most beside a map: dimensions as they are beside a projection, a projection beside dimensions. */
export function suggested(view: View, latents: Latents): Beside {
  const other = ["umap", "tsne", "pca"].find((name) => latents.maps.some((m) => m.name === name));
  if (view.map !== "raw") return { map: "raw", x: view.x, y: view.y };
  if (other) return { map: other, x: view.x, y: view.y };
  const byKl = Array.from({ length: latents.dims }, (_, d) => d).sort((a, b) => latents.kl[b] - latents.kl[a]);
  const [x, y] = byKl.filter((d) => d !== view.x && d !== view.y);
  return { map: "raw", x: x ?? view.y, y: y ?? view.x };
}
