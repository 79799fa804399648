/** A second map of the same items, linked with the first: what is hovered, selected or lit in one is so in the other. */

import { h, select, tool } from "../../dom/elements";
import type { Made } from "../../net/mapjobs";
import { type Beside, readBeside, writeBeside } from "../../state/secondname";
import type { View } from "../../types";
import { MapField, type MapHost } from "../field";
import { NewMap } from "./newmap";
import { Kinds } from "./tabs";

export class SecondMap {
  readonly header: HTMLElement;
  readonly field: MapField;
  private now: Beside | null = null;
  private kinds: Kinds;
  private newMap: NewMap;
  private x = select("x", (value) => this.change({ x: Number(value) }));
  private y = select("y", (value) => this.change({ y: Number(value) }));

  constructor(
    private host: MapHost,
    made: Made,
    private changed: (change: Partial<View>) => void,
  ) {
    this.field = new MapField(host, "beside_camera");
    this.field.element.setAttribute("aria-label", "Second map of the encoded items. Arrow keys move across it.");
    this.kinds = new Kinds("Second map", host.latents, (map) => this.change({ map }));
    this.newMap = new NewMap(made, host.latents, "beside", (map) => this.change({ map }));
    this.header = h(
      "header.second",
      {},
      this.kinds.element,
      this.newMap.element,
      h("span.stretch"),
      this.x.element,
      this.y.element,
      tool("close", "Close the second map", () => changed({ beside: "" })),
    );
  }

  show(view: View, dims: { value: string; text: string }[]): void {
    this.now = readBeside(view.beside, this.host.latents);
    if (!this.now) return;
    for (const [axis, d] of [
      [this.x, this.now.x],
      [this.y, this.now.y],
    ] as const) {
      axis.set(dims, String(d));
      axis.element.classList.toggle("away", this.now.map !== "raw");
    }
    this.refresh();
    this.field.setView({ ...view, ...this.now });
  }

  /** What can be chosen. */
  refresh(): void {
    if (!this.now) return;
    this.kinds.show(this.now.map);
    this.newMap.refresh(this.now.map);
  }

  destroy(): void {
    this.header.remove();
    this.field.element.remove();
    this.field.destroy();
  }

  private change(part: Partial<Beside>): void {
    if (this.now) this.changed({ beside: writeBeside({ ...this.now, ...part }) });
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
