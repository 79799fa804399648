/** A second map of the same items, below the first, with its own tabs and axes. */

import type { View } from "../../contract";
import { h, type Item, select, tool } from "../../dom/elements";
import type { MapJobs } from "../../net/mapjobs";
import { readSecondName, type SecondName, writeSecondName } from "../../state/secondname";
import { MapField, type MapOptions } from "../field";
import type { MapHost } from "../shared";
import { NewMap } from "./newmap";
import { Tabs } from "./tabs";

export class SecondMap {
  readonly header: HTMLElement;
  readonly field: MapField;
  private name: SecondName | null = null;
  private tabs: Tabs;
  private newMap: NewMap;
  private x = select("x", (value) => this.change({ x: Number(value) }));
  private y = select("y", (value) => this.change({ y: Number(value) }));

  constructor(
    private host: MapHost,
    options: MapOptions,
    jobs: MapJobs,
    private changeView: (change: Partial<View>) => void,
  ) {
    this.field = new MapField(host, options);
    this.field.element.setAttribute("aria-label", "Second map of the encoded items. Arrow keys move across it.");
    this.tabs = new Tabs("Second map", host.latents, (map) => this.change({ map }));
    this.newMap = new NewMap(jobs, host.latents, "beside", (map) => this.change({ map }));
    this.header = h(
      "header.second",
      {},
      this.tabs.element,
      this.newMap.element,
      h("span.stretch"),
      this.x.element,
      this.y.element,
      tool("close", "Close the second map", () => changeView({ beside: "" })),
    );
  }

  show(view: View, axes: Item[]): void {
    this.name = readSecondName(view.beside, this.host.latents);
    if (!this.name) return;
    const { map, x, y } = this.name;
    this.x.set(axes, String(x));
    this.y.set(axes, String(y));
    for (const { element } of [this.x, this.y]) element.classList.toggle("away", map !== "raw");
    this.refresh();
    this.field.setView({ ...view, ...this.name });
  }

  /** What can be chosen. */
  refresh(): void {
    if (!this.name) return;
    this.tabs.show(this.name.map);
    this.newMap.refresh(this.name.map);
  }

  destroy(): void {
    this.header.remove();
    this.field.element.remove();
    this.field.destroy();
  }

  private change(part: Partial<SecondName>): void {
    if (this.name) this.changeView({ beside: writeSecondName({ ...this.name, ...part }) });
  }
}
