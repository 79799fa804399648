/** The map with its controls: which map, which axes, which colour, what lies under it, what is selected. */

import { h, select, toggle, tool } from "../../dom/elements";
import { isMade, Made, type Place } from "../../net/mapjobs";
import { readBeside, suggested, writeBeside } from "../../state/secondname";
import { bestColour, bestMap, drawable, hasColour, isThere } from "../../state/view";
import { offer, text } from "../../take/files";
import type { Mark, View } from "../../types";
import { colourChoices } from "../colour";
import { MapField, type MapHost } from "../field";
import type { Tool } from "../pointer";
import { Making, NewColour, NewMap } from "./newmap";
import { link, SecondMap } from "./secondmap";
import { Kinds } from "./tabs";

const GONE = "is not here: it was removed, or made on another server. Another one is shown.";

export class MapPanel {
  readonly element: HTMLElement;
  readonly field: MapField;
  private second: SecondMap | null = null;
  private view: View | null = null; // as it is asked for
  private drawn: View | null = null; // as far as it can be drawn: a map may still be on its way
  private marks: Mark[] = [];
  private foot: HTMLElement;
  private beside = toggle("splitscreen_bottom", "A second map below, linked with this one", false, (on) =>
    this.openSecond(on),
  );
  private kinds: Kinds;
  private x = select("x", (value) => this.change({ x: Number(value) }));
  private y = select("y", (value) => this.change({ y: Number(value) }));
  private colour = select("colour", (value) => this.change({ colour: value }));
  private count = h("output.number.faint");
  private lassos: Record<"rectangle" | "lasso", HTMLButtonElement>;
  private save: HTMLButtonElement;
  private layers: Record<"grid" | "density", HTMLButtonElement>;
  private made: Made;
  private newMap: NewMap;
  private newColour: NewColour;
  private making: Making;
  private faith = h("span.faith");

  constructor(
    private host: MapHost,
    private change: (view: Partial<View>) => void,
  ) {
    const { latents } = host;
    this.field = new MapField(host);
    this.kinds = new Kinds("Map", latents, (map) => change({ map }));
    this.made = new Made(
      host.model,
      latents,
      () => this.madeChanged(),
      (key, place) => this.arrived(key, place),
    );
    this.newMap = new NewMap(this.made, latents, "map", (map) => change({ map }));
    this.newColour = new NewColour(this.made, (colour) => change({ colour }));
    this.making = new Making(this.made);
    this.field.element.append(this.faith);
    const lasso = (kind: "rectangle" | "lasso", icon: string, title: string) =>
      toggle(icon, title, false, (on) => this.choose(on ? kind : "pan"));
    this.lassos = {
      rectangle: lasso("rectangle", "select", "Select a rectangle: drag on the map"),
      lasso: lasso("lasso", "lasso_select", "Select with a lasso: drag around points"),
    };
    this.save = tool("file_save", "Save the selection as CSV", () => this.download());
    const layer = (icon: string, title: string) => toggle(icon, title, false, () => change({ under: this.under }));
    this.layers = {
      grid: layer("grid_view", "Decoded pictures under the points"),
      density: layer("elevation", "Lines of equal density"),
    };
    this.beside.hidden = host.chosen !== undefined; // a line is drawn on one map
    this.foot = h(
      "footer",
      {},
      this.colour.element,
      this.newColour.element,
      h("span.stretch"),
      this.layers.grid,
      this.layers.density,
      this.beside,
      h("span.rule"),
      this.lassos.rectangle,
      this.lassos.lasso,
      this.save,
      this.count,
    );
    this.element = h(
      "section.panel.map",
      { "aria-label": "Map" },
      h("header", {}, this.kinds.element, this.newMap.element, h("span.stretch"), this.x.element, this.y.element),
      this.making.element,
      this.field.element,
      this.field.legend.element,
      this.foot,
    );
    this.link();
    this.field.onLooked = (camera) => this.drawn?.map === this.view?.map && change({ camera });
    this.field.onPinned = (focus) => change({ focus });
    this.showCount(null);
  }

  /** The map, and the second one where there is one. */
  get fields(): MapField[] {
    return this.second ? [this.field, this.second.field] : [this.field];
  }

  /** The map that an element lies in. */
  at(element: Element | null): MapField | null {
    return this.fields.find((field) => field.element.contains(element)) ?? null;
  }

  setMarks(marks: Mark[]): void {
    this.marks = marks;
    for (const field of this.fields) field.setMarks(marks);
  }

  setView(view: View): void {
    const { latents, name } = this.host;
    const drawn = drawable(view, latents);
    [this.view, this.drawn] = [view, drawn];
    const dims = Array.from({ length: latents.dims }, (_, d) => ({ value: String(d), text: name(d) }));
    this.showKinds(drawn);
    this.x.set(dims, String(view.x));
    this.y.set(dims, String(view.y));
    this.colour.set(colourChoices(latents, name), drawn.colour);
    const raw = drawn.map === "raw";
    this.x.element.classList.toggle("away", !raw);
    this.y.element.classList.toggle("away", !raw);
    this.field.setView(drawn);
    this.showSecond(drawn, dims);
    this.layUnder(view.under.split("."));
  }

  /** Look at the maps as the view says, which a link or a step has brought; what it names may have to be fetched first. */
  goThere(): void {
    const { view, drawn } = this;
    if (!view || !drawn) return;
    this.field.lookAt(drawn.camera);
    this.second?.field.lookAt(drawn.beside_camera);
    void this.made.open(drawn.map !== view.map || drawn.colour !== view.colour || drawn.beside !== view.beside);
  }

  destroy(): void {
    this.made.close();
    this.second?.destroy();
    this.field.destroy();
  }

  private showKinds(view: View): void {
    const { latents } = this.host;
    this.kinds.show(view.map);
    this.newMap.refresh(view.map);
    this.newColour.refresh(view.colour);
    const { trust = null, laid = 0 } = latents.maps.find((m) => m.name === view.map) ?? {};
    const n = (value: number) => value.toLocaleString("en");
    this.faith.textContent = [
      trust === null ? "" : `trustworthiness ${trust.toFixed(2)}`,
      laid ? `${n(laid)} of ${n(latents.count)} laid out, the rest placed by neighbours` : "",
    ]
      .filter(Boolean)
      .join(" · ");
    this.faith.title =
      "How far neighbours on the map are neighbours among the latents: 1 where all are, about 0.5 on a random map";
  }

  /** What was asked for here is there. */
  private arrived(key: string, place: Place): void {
    if (place !== "beside") this.change({ [place]: key });
    else if (this.second) this.change({ beside: key });
  }

  /** There is news of what was made: show what the view waits for, with its cameras; give up what is gone. */
  private madeChanged(): void {
    const { view, drawn } = this;
    if (!view || !drawn) return;
    const lost = this.lost(view);
    this.making.refresh();
    if (lost) return this.change(lost);
    const now = drawable(view, this.host.latents);
    if (JSON.stringify(now) !== JSON.stringify(drawn)) this.setView(view);
    if (now.map !== drawn.map) this.field.lookAt(now.camera);
    if (now.beside !== drawn.beside) this.second?.field.lookAt(now.beside_camera);
    this.showKinds(now);
    this.second?.refresh();
    this.colour.set(colourChoices(this.host.latents, this.host.name), now.colour);
  }

  /** What to show in place of that which will not come; null where all is well. */
  private lost(view: View): Partial<View> | null {
    const { latents } = this.host;
    const gone = (name: string, there: boolean) => isMade(name) && !there && !this.made.awaited(name);
    const lost: Partial<View> = {};
    if (gone(view.colour, hasColour(view.colour, latents))) lost.colour = bestColour(latents);
    if (!this.host.chosen && gone(view.beside, isThere(view.beside, latents)))
      lost.beside = drawable(view, latents).beside;
    if (gone(view.map, isThere(view.map, latents))) lost.map = bestMap(latents);
    if (!Object.keys(lost).length) return null;
    if (lost.map) this.made.missed(view.map, `The map that this link names ${GONE}`);
    if (lost.beside) this.made.missed(view.beside, `The second map that this link names ${GONE}`);
    if (lost.colour)
      this.made.missed(
        view.colour,
        "The colours that this link names are not here: they were removed, or made on another server.",
      );
    return lost;
  }

  private openSecond(on: boolean): void {
    if (this.view) this.change({ beside: on ? writeBeside(suggested(this.view, this.host.latents)) : "" });
  }

  private showSecond(view: View, dims: { value: string; text: string }[]): void {
    const on = !this.host.chosen && readBeside(view.beside, this.host.latents) !== null;
    this.beside.setAttribute("aria-pressed", String(on));
    this.element.classList.toggle("two", on);
    const was = this.second;
    if (!on) {
      was?.destroy();
      this.second = null;
      if (was) this.link();
      return;
    }
    this.second ??= this.makeSecond();
    this.second.show(view, dims);
    if (!was) this.link();
  }

  private makeSecond(): SecondMap {
    const made = new SecondMap(this.host, this.made, this.change);
    made.field.onLooked = (camera) =>
      this.drawn?.beside === this.view?.beside && this.change({ beside_camera: camera });
    this.foot.before(made.header, made.field.element);
    return made;
  }

  /** What lies under the points, in words. */
  private get under(): string {
    return Object.entries(this.layers)
      .filter(([, button]) => button.ariaPressed === "true")
      .map(([name]) => name)
      .join(".");
  }

  /** What lies under the points, of every map. */
  private layUnder(names: string[]): void {
    const [grid, density] = [names.includes("grid"), names.includes("density")];
    this.layers.grid.ariaPressed = String(grid);
    this.layers.density.ariaPressed = String(density);
    for (const field of this.fields) {
      if (grid === field.under.grid && density === field.under.density) continue;
      Object.assign(field.under, { grid, density });
      field.showUnder();
    }
  }

  /** All maps speak of the same items. */
  private link(): void {
    link(this.fields, (count) => this.showCount(count));
    this.field.showTwin(null);
    this.second?.field.setMarks(this.marks);
    this.second?.field.setPicked(this.field.picked);
    this.choose(this.field.tool, false);
  }

  private choose(tool: Tool, anew = true): void {
    for (const [kind, button] of Object.entries(this.lassos))
      button.setAttribute("aria-pressed", String(kind === tool));
    for (const field of this.fields) {
      field.tool = tool;
      field.element.dataset["tool"] = tool;
    }
    if (anew && tool === "pan") this.field.select(null);
  }

  private showCount(count: number | null): void {
    const { latents } = this.host;
    const n = (value: number) => value.toLocaleString("en");
    this.save.hidden = !count;
    if (count !== null) this.count.textContent = `${n(count)} of ${n(latents.count)}`;
    else
      this.count.textContent =
        latents.total > latents.count ? `${n(latents.count)} of ${n(latents.total)}` : n(latents.count);
    this.count.title =
      count !== null ? "Selected items" : latents.total > latents.count ? "A random sample is shown" : "Encoded items";
  }

  private download(): void {
    const { latents, model } = this.host;
    const header = ["item", "label", ...Array.from({ length: latents.dims }, (_, d) => `z${d}`)].join(",");
    const lines = [header];
    this.field.picked?.forEach((on, i) => {
      if (!on) return;
      const label = latents.label ? (latents.classes[latents.label[i]] ?? latents.label[i]) : "";
      lines.push(
        [
          i,
          `"${String(label).replaceAll('"', '""')}"`,
          ...latents.mean.subarray(i * latents.dims, (i + 1) * latents.dims),
        ].join(","),
      );
    });
    offer(`${model.name}-selection.csv`, text(`${lines.join("\n")}\n`, "text/csv"));
  }
}
