/** The map with its controls: which map, which axes, which colour, what lies under it, what is selected. */

import { colourChoices } from "./colour";
import { h, segments, select, toggle, tool } from "./dom";
import { offer, text } from "./files";
import { isMade, Made } from "./made";
import { MapField, type MapHost } from "./map";
import { setTool, toolOf, type Tool } from "./pointer";
import { link, readBeside, SecondMap, suggested, writeBeside } from "./secondmap";
import type { Mark, View } from "./types";
import { Making, NewColour, NewMap } from "./wishes";

const TITLES: Record<string, string> = { raw: "raw", pca: "PCA", umap: "UMAP", tsne: "t-SNE" };
const WORDS: Record<string, string> = {
  raw: "Two latent dimensions as they are",
  pca: "The plane of most variance (linear: a place has an exact z)",
  umap: "Neighbours stay neighbours (a place decodes from its neighbours' latents)",
};

export class MapPanel {
  readonly element: HTMLElement;
  readonly field: MapField;
  private second: SecondMap | null = null;
  private view: View | null = null;
  private marks: Mark[] = [];
  private foot: HTMLElement;
  private beside = toggle("splitscreen_bottom", "A second map below, linked with this one", false, (on) => this.openSecond(on));
  private kinds: ReturnType<typeof segments<string>>;
  private x = select("x", (value) => this.change({ x: Number(value) }));
  private y = select("y", (value) => this.change({ y: Number(value) }));
  private colour = select("colour", (value) => this.change({ colour: value }));
  private kindsOffered: { value: string; text: string; title: string }[];
  private count = h("output.number.faint");
  private lassos: Record<"rectangle" | "lasso", HTMLButtonElement>;
  private save: HTMLButtonElement;
  private layers: Record<"grid" | "density", HTMLButtonElement>;
  private made: Made;
  private newMap: NewMap;
  private newColour: NewColour;
  private making: Making;
  private faith = h("span.faith");
  private shownKind = "";

  constructor(private host: MapHost, private change: (view: Partial<View>) => void) {
    const { latents } = host;
    this.field = new MapField(host);
    const names = ["raw", ...latents.maps.map((m) => m.name).filter((name) => !isMade(name))];
    this.kindsOffered = names.map((value) => ({ value, text: TITLES[value] ?? value, title: WORDS[value] ?? "" }));
    this.kinds = this.choices("");
    this.made = new Made(host.model, latents, () => this.madeChanged(), change);
    this.newMap = new NewMap(this.made, latents.dims, latents.count, (map) => change({ map }));
    this.newColour = new NewColour(this.made, (colour) => change({ colour }));
    this.making = new Making(this.made);
    this.field.element.append(this.faith);
    const lasso = (kind: "rectangle" | "lasso", icon: string, title: string) => toggle(icon, title, false, (on) => this.choose(on ? kind : "pan"));
    this.lassos = {
      rectangle: lasso("rectangle", "select", "Select a rectangle: drag on the map"),
      lasso: lasso("lasso", "lasso_select", "Select with a lasso: drag around points"),
    };
    this.save = tool("file_save", "Save the selection as CSV", () => this.download());
    const layer = (icon: string, title: string) => toggle(icon, title, false, () => change({ under: this.under }));
    this.layers = { grid: layer("grid_view", "Decoded pictures under the points"), density: layer("elevation", "Lines of equal density") };
    for (const each of [this.beside, this.newMap.element, this.newColour.element]) each.hidden = host.chosen !== undefined;
    this.foot = h("footer", {}, this.colour.element, this.newColour.element, h("span.stretch"), this.layers.grid, this.layers.density, this.beside, h("span.rule"), this.lassos.rectangle, this.lassos.lasso, this.save, this.count);
    this.element = h("section.panel.map", { "aria-label": "Map" },
      h("header", {}, this.kinds.element, this.newMap.element, h("span.stretch"), this.x.element, this.y.element),
      this.making.element, this.field.element, this.field.legend.element, this.foot);
    this.link();
    this.field.onLooked = (camera) => change({ camera });
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
    this.view = view;
    const dims = Array.from({ length: latents.dims }, (_, d) => ({ value: String(d), text: name(d) }));
    this.showKinds(view);
    this.x.set(dims, String(view.x));
    this.y.set(dims, String(view.y));
    this.colour.set(colourChoices(latents, name), view.colour);
    const raw = view.map === "raw";
    this.x.element.classList.toggle("away", !raw);
    this.y.element.classList.toggle("away", !raw);
    this.field.setView(view);
    this.showSecond(view, dims);
    this.layUnder(view.under.split("."));
  }

  /** Look what was made on the server, for a link that may name it. */
  open(link: Partial<View>): void {
    void this.made.open(link);
  }

  destroy(): void {
    this.made.close();
    this.second?.destroy();
    this.field.destroy();
  }

  /** The maps to choose from: those that came with the model, and the one of the others that is shown. */
  private choices(shown: string): ReturnType<typeof segments<string>> {
    const { latents } = this.host;
    const names = ["raw", ...latents.maps.map((m) => m.name).filter((name) => !isMade(name) || name === shown)];
    const text = (name: string) => latents.maps.find((m) => m.name === name)?.title ?? TITLES[name] ?? name;
    return segments("Map", names.map((value) => ({ value, text: text(value), title: WORDS[value] ?? text(value) })), (map) => this.change({ map }));
  }

  private showKinds(view: View): void {
    const { latents } = this.host;
    const { element } = this.kinds;
    if (view.map !== this.shownKind) {
      this.kinds = this.choices(view.map);
      element.replaceWith(this.kinds.element);
    }
    this.shownKind = view.map;
    this.kinds.set(view.map);
    this.newMap.refresh(view.map);
    this.newColour.refresh(view.colour);
    const { trust = null, laid = 0 } = latents.maps.find((m) => m.name === view.map) ?? {};
    const n = (value: number) => value.toLocaleString("en");
    this.faith.textContent = [trust === null ? "" : `trustworthiness ${trust.toFixed(2)}`,
      laid ? `${n(laid)} of ${n(latents.count)} laid out, the rest placed by neighbours` : ""].filter(Boolean).join(" · ");
    this.faith.title = "How far neighbours on the map are neighbours among the latents: 1 where all are, about 0.5 on a random map";
  }

  private madeChanged(): void {
    this.making.refresh();
    const { latents } = this.host;
    const { view } = this;
    if (!view) return;
    const gone = isMade(view.map) && !latents.maps.some((m) => m.name === view.map);
    const pale = isMade(view.colour) && !latents.columns.some((c) => c.key === view.colour);
    if (gone || pale) {
      const map = ["umap", "pca"].find((name) => latents.maps.some((m) => m.name === name)) ?? "raw";
      return this.change({ ...(gone ? { map } : {}), ...(pale ? { colour: latents.label ? "label" : "kl" } : {}) });
    }
    this.showKinds(view);
    this.colour.set(colourChoices(latents, this.host.name), view.colour);
  }

  private openSecond(on: boolean): void {
    if (this.view) this.change({ beside: on ? writeBeside(suggested(this.view, this.host.latents)) : "" });
  }

  private showSecond(view: View, dims: { value: string; text: string }[]): void {
    const beside = this.host.chosen ? null : readBeside(view.beside, this.host.latents);
    this.beside.setAttribute("aria-pressed", String(beside !== null));
    this.element.classList.toggle("two", beside !== null);
    const was = this.second;
    if (!beside) {
      was?.destroy();
      this.second = null;
      if (was) this.link();
      return;
    }
    this.second ??= this.makeSecond();
    this.second.show(beside, view, dims);
    if (!was) this.link();
  }

  private makeSecond(): SecondMap {
    const made = new SecondMap(this.host, this.kindsOffered, (beside) => this.change({ beside }));
    this.foot.before(made.header, made.field.element);
    return made;
  }

  /** What lies under the points, in words. */
  private get under(): string {
    return Object.entries(this.layers).filter(([, button]) => button.ariaPressed === "true").map(([name]) => name).join(".");
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
    this.choose(toolOf(this.field), false);
  }

  private choose(tool: Tool, anew = true): void {
    for (const [kind, button] of Object.entries(this.lassos)) button.setAttribute("aria-pressed", String(kind === tool));
    for (const field of this.fields) {
      setTool(field, tool);
      field.element.dataset["tool"] = tool;
    }
    if (anew && tool === "pan") this.field.pick(null);
  }

  private showCount(count: number | null): void {
    const { latents } = this.host;
    const n = (value: number) => value.toLocaleString("en");
    this.save.hidden = !count;
    if (count !== null) this.count.textContent = `${n(count)} of ${n(latents.count)}`;
    else this.count.textContent = latents.total > latents.count ? `${n(latents.count)} of ${n(latents.total)}` : n(latents.count);
    this.count.title = count !== null ? "Selected items" : latents.total > latents.count ? "A random sample is shown" : "Encoded items";
  }

  private download(): void {
    const { latents, model } = this.host;
    const header = ["item", "label", ...Array.from({ length: latents.dims }, (_, d) => `z${d}`)].join(",");
    const lines = [header];
    this.field.picked?.forEach((on, i) => {
      if (!on) return;
      const label = latents.label ? latents.classes[latents.label[i]] ?? latents.label[i] : "";
      lines.push([i, `"${String(label).replaceAll('"', '""')}"`, ...latents.mean.subarray(i * latents.dims, (i + 1) * latents.dims)].join(","));
    });
    offer(`${model.name}-selection.csv`, text(`${lines.join("\n")}\n`, "text/csv"));
  }
}
