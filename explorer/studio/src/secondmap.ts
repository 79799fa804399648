/** A second map of the same items, linked with the first: what is hovered, selected or lit in one is so in the other. */

import { segments, select, h, tool } from "./dom";
import type { Latents } from "./latents";
import { MapField, type MapHost } from "./map";
import type { View } from "./types";

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

export class SecondMap {
  readonly header: HTMLElement;
  readonly field: MapField;
  private now: Beside | null = null;
  private kinds: ReturnType<typeof segments<string>>;
  private x = select("x", (value) => this.change({ x: Number(value) }));
  private y = select("y", (value) => this.change({ y: Number(value) }));

  constructor(host: MapHost, kinds: { value: string; text: string; title: string }[], private changed: (beside: string) => void) {
    this.field = new MapField(host);
    this.field.element.setAttribute("aria-label", "Second map of the encoded items. Arrow keys move across it.");
    this.kinds = segments("Second map", kinds, (map) => this.change({ map }));
    this.header = h("header.second", {}, this.kinds.element, h("span.stretch"), this.x.element, this.y.element,
      tool("close", "Close the second map", () => changed("")));
  }

  show(beside: Beside, view: View, dims: { value: string; text: string }[]): void {
    this.now = beside;
    this.kinds.set(beside.map);
    for (const [axis, d] of [[this.x, beside.x], [this.y, beside.y]] as const) {
      axis.set(dims, String(d));
      axis.element.classList.toggle("away", beside.map !== "raw");
    }
    this.field.setView({ ...view, ...beside });
  }

  destroy(): void {
    this.header.remove();
    this.field.element.remove();
    this.field.destroy();
  }

  private change(part: Partial<Beside>): void {
    if (this.now) this.changed(writeBeside({ ...this.now, ...part }));
  }
}

/** Whatever is pointed at, selected or lit in one map is so in all of them. */
export function link(maps: MapField[], picked: (count: number | null) => void): void {
  for (const map of maps) {
    const others = maps.filter((other) => other !== map);
    map.onHover = (item) => others.forEach((other) => other.showTwin(item));
    map.onFocus = (value) => maps.forEach((each) => each.setFocus(value));
    map.onPicked = (count) => {
      for (const other of others) other.setPicked(map.picked);
      picked(count);
    };
  }
}
