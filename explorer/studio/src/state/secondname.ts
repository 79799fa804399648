/** A second map in words, as a link has it: its name, or "raw~3~7" for two dimensions as they are. */

import type { View } from "../contract";
import type { Latents } from "../net/latents";

/** Which map, and which two dimensions where it is a raw one: "umap", "raw~3~7". */
export interface SecondName {
  map: string;
  x: number;
  y: number;
}

export function readSecondName(text: string, latents: Latents): SecondName | null {
  const parts = /^(.+?)(?:~(\d+)~(\d+))?$/.exec(text);
  if (!parts) return null;
  const [map, x, y] = [parts[1], Number(parts[2] ?? 0), Number(parts[3] ?? 1)];
  const known = map === "raw" ? Math.max(x, y) < latents.dims : latents.maps.some((m) => m.name === map);
  return known ? { map, x, y } : null;
}

export const writeSecondName = ({ map, x, y }: SecondName): string => (map === "raw" ? `raw~${x}~${y}` : map);

/** What adds most to a map: dimensions as they are beside a projection, a projection beside dimensions. */
export function suggestSecondName(view: View, latents: Latents): SecondName {
  const other = ["umap", "tsne", "pca"].find((name) => latents.maps.some((m) => m.name === name));
  if (view.map !== "raw") return { map: "raw", x: view.x, y: view.y };
  if (other) return { map: other, x: view.x, y: view.y };
  const byKl = Array.from({ length: latents.dims }, (_, d) => d).sort((a, b) => latents.kl[b] - latents.kl[a]);
  const [x, y] = byKl.filter((d) => d !== view.x && d !== view.y);
  return { map: "raw", x: x ?? view.y, y: y ?? view.x };
}
