/** The map with its controls: which map, which axes, which colour, what lies under it, what is selected. */

import { computed, effect, type ReadonlySignal, signal, untracked } from "@preact/signals-core";
import type { Mark, View } from "../../contract";
import { h, type Item, select, thousands, toggle } from "../../dom/elements";
import { isJobKey, MapJobs, type Slot } from "../../net/mapjobs";
import { readSecondName, suggestSecondName, writeSecondName } from "../../state/secondname";
import { bestColour, bestMap, drawableView, hasColour, isThere } from "../../state/view";
import { colourChoices } from "../colour";
import { MapField, type MapOptions } from "../field";
import { type MapHost, MapShared } from "../shared";
import { JobStatus } from "./joblist";
import { NewColour, NewMap } from "./newmap";
import { SecondMap } from "./secondmap";
import { SelectionTools } from "./selection";
import { Tabs } from "./tabs";

const GONE = "is not here: it was removed, or computed on another server. Another one is shown.";
const COLOURS_GONE = "The colours that this link names are not here: they were removed, or computed on another server.";
const TRUST =
  "How far neighbours on the map are neighbours among the latents: 1 where all are, about 0.5 on a random map";

export class MapPanel {
  readonly element: HTMLElement;
  readonly field: MapField;
  private drawable: ReadonlySignal<View>; // the view as far as it can be drawn: a map may still have to come
  private results = signal(0); // grows when map jobs have news
  private shared = new MapShared();
  private second: SecondMap | null = null;
  private marks: Mark[] = [];
  private secondButton: HTMLButtonElement;
  private tabs: Tabs;
  private x = select("x", (value) => this.changeView({ x: Number(value) }));
  private y = select("y", (value) => this.changeView({ y: Number(value) }));
  private colour = select("colour", (value) => this.changeView({ colour: value }));
  private selection: SelectionTools;
  private layers: Record<"grid" | "density", HTMLButtonElement>;
  private jobs: MapJobs;
  private newMap: NewMap;
  private newColour: NewColour;
  private status: JobStatus;
  private trust = h("span.faith", { title: TRUST });
  private foot: HTMLElement;
  private stop: () => void;

  constructor(
    private host: MapHost,
    private view: ReadonlySignal<View>,
    private changeView: (change: Partial<View>) => void,
  ) {
    const { latents } = host;
    this.drawable = this.computeDrawable();
    this.field = new MapField(
      host,
      this.options("camera", () => this.drawable.value.map === this.view.value.map),
    );
    this.field.element.append(this.trust);
    this.tabs = new Tabs("Map", latents, (map) => changeView({ map }));
    this.jobs = new MapJobs(
      host.model,
      latents,
      () => this.updateJobs(),
      (key, slot) => this.showResult(key, slot),
    );
    this.newMap = new NewMap(this.jobs, latents, "map", (map) => changeView({ map }));
    this.newColour = new NewColour(this.jobs, (colour) => changeView({ colour }));
    this.status = new JobStatus(this.jobs);
    this.selection = new SelectionTools(host, this.shared);
    this.layers = {
      grid: this.layerButton("grid_view", "Decoded pictures under the points"),
      density: this.layerButton("elevation", "Lines of equal density"),
    };
    const secondTitle = "A second map below, linked with this one";
    this.secondButton = toggle("splitscreen_bottom", secondTitle, false, (on) => this.openSecond(on));
    this.secondButton.hidden = host.choose !== undefined; // a line is drawn on one map
    this.foot = this.buildFoot();
    this.element = this.build();
    const isDark = computed(() => host.theme().dark);
    this.stop = effect(() => {
      void isDark.value; // classes have a colour for each theme
      const view = this.drawable.value;
      const axes = Array.from({ length: latents.dims }, (_, d) => ({ value: String(d), text: host.name(d) }));
      untracked(() => this.show(view, axes));
    });
  }

  /** The map, and the second one where there is one. */
  get fields(): MapField[] {
    return this.second ? [this.field, this.second.field] : [this.field];
  }

  /** The map that an element lies in. */
  fieldOf(element: Element | null): MapField | null {
    return this.fields.find((field) => field.element.contains(element)) ?? null;
  }

  setMarks(marks: Mark[]): void {
    this.marks = marks;
    for (const field of this.fields) field.markers.setMarks(marks);
  }

  /** To the cameras of a view that a link or a step has brought; what it names may have to be fetched first. */
  goToCameras(): void {
    const [view, drawable] = [this.view.value, this.drawable.value];
    this.field.goTo(drawable.camera);
    this.second?.field.goTo(drawable.beside_camera);
    void this.jobs.open(
      drawable.map !== view.map || drawable.colour !== view.colour || drawable.beside !== view.beside,
    );
  }

  destroy(): void {
    this.stop();
    this.jobs.close();
    this.selection.destroy();
    this.second?.destroy();
    this.field.destroy();
  }

  /** The view as far as it can be drawn; the same object as long as it is the same view. */
  private computeDrawable(): ReadonlySignal<View> {
    let last = "";
    let drawable: View;
    return computed(() => {
      void this.results.value;
      const view = drawableView(this.view.value, this.host.latents);
      const text = JSON.stringify(view);
      if (text !== last) [last, drawable] = [text, view];
      return drawable;
    });
  }

  /** `isAsked`: the map on screen is the one that the view names; another one's camera is not the view's. */
  private options(camera: MapOptions["camera"], isAsked: () => boolean): MapOptions {
    return {
      shared: this.shared,
      camera,
      onCamera: (text) => {
        if (isAsked()) this.changeView({ [camera]: text });
      },
      onPin: (focus) => this.changeView({ focus }),
    };
  }

  private build(): HTMLElement {
    const { tabs, newMap, x, y, status, field, foot } = this;
    return h(
      "section.panel.map",
      { "aria-label": "Map" },
      h("header", {}, tabs.element, newMap.element, h("span.stretch"), x.element, y.element),
      status.element,
      field.element,
      field.legend.element,
      foot,
    );
  }

  private buildFoot(): HTMLElement {
    return h(
      "footer",
      {},
      this.colour.element,
      this.newColour.element,
      h("span.stretch"),
      this.layers.grid,
      this.layers.density,
      this.secondButton,
      h("span.rule"),
      ...this.selection.elements,
    );
  }

  private layerButton(symbol: string, title: string): HTMLButtonElement {
    return toggle(symbol, title, false, () => this.changeView({ under: this.layerNames() }));
  }

  private show(view: View, axes: Item[]): void {
    this.showMaps(view);
    this.x.set(axes, String(view.x));
    this.y.set(axes, String(view.y));
    this.showColours(view);
    for (const { element } of [this.x, this.y]) element.classList.toggle("away", view.map !== "raw");
    this.field.setView(view);
    this.showSecond(view, axes);
    this.showLayers(view.under.split("."));
  }

  private showMaps(view: View): void {
    const { latents } = this.host;
    this.tabs.show(view.map);
    this.newMap.refresh(view.map);
    this.newColour.refresh(view.colour);
    const { trust = null, laid = 0 } = latents.maps.find(({ name }) => name === view.map) ?? {};
    const phrases = [
      trust === null ? "" : `trustworthiness ${trust.toFixed(2)}`,
      laid ? `${thousands(laid)} of ${thousands(latents.count)} laid out, the rest placed by neighbours` : "",
    ];
    this.trust.textContent = phrases.filter(Boolean).join(" · ");
  }

  private showColours(view: View): void {
    this.colour.set(colourChoices(this.host.latents, this.host.name), view.colour);
  }

  /** A result that was requested here is there. */
  private showResult(key: string, slot: Slot): void {
    if (slot !== "beside") this.changeView({ [slot]: key });
    else if (this.second) this.changeView({ beside: key });
  }

  /** Map jobs have news: show what the view waits for, with its cameras; give up what is gone. */
  private updateJobs(): void {
    const before = this.drawable.value;
    const substitute = this.substitute(this.view.value);
    this.status.refresh();
    if (substitute) return this.changeView(substitute);
    this.results.value++;
    const now = this.drawable.value;
    if (now.map !== before.map) this.field.goTo(now.camera);
    if (now.beside !== before.beside) this.second?.field.goTo(now.beside_camera);
    this.showMaps(now);
    this.second?.refresh();
    this.showColours(now);
  }

  /** What to show in place of results that will not come; null where all is well. */
  private substitute(view: View): Partial<View> | null {
    const { jobs } = this;
    const { latents, choose } = this.host;
    const change: Partial<View> = {};
    const isLost = (name: string, isHere: boolean) => isJobKey(name) && !isHere && !jobs.mayCome(name);
    if (isLost(view.map, isThere(view.map, latents))) {
      change.map = bestMap(latents);
      jobs.reportMissing(view.map, `The map that this link names ${GONE}`);
    }
    if (!choose && isLost(view.beside, isThere(view.beside, latents))) {
      change.beside = drawableView(view, latents).beside;
      jobs.reportMissing(view.beside, `The second map that this link names ${GONE}`);
    }
    if (isLost(view.colour, hasColour(view.colour, latents))) {
      change.colour = bestColour(latents);
      jobs.reportMissing(view.colour, COLOURS_GONE);
    }
    return Object.keys(change).length ? change : null;
  }

  private openSecond(on: boolean): void {
    const name = on ? writeSecondName(suggestSecondName(this.view.value, this.host.latents)) : "";
    this.changeView({ beside: name });
  }

  private showSecond(view: View, axes: Item[]): void {
    const on = !this.host.choose && readSecondName(view.beside, this.host.latents) !== null;
    this.secondButton.setAttribute("aria-pressed", String(on));
    this.element.classList.toggle("two", on);
    if (!on) {
      this.second?.destroy();
      this.second = null;
      return;
    }
    const isNew = !this.second;
    this.second ??= this.addSecond();
    this.second.show(view, axes);
    if (isNew) this.second.field.markers.setMarks(this.marks);
  }

  private addSecond(): SecondMap {
    const options = this.options("beside_camera", () => this.drawable.value.beside === this.view.value.beside);
    const second = new SecondMap(this.host, options, this.jobs, this.changeView);
    this.foot.before(second.header, second.field.element);
    return second;
  }

  /** The layers that are on, as a view names them. */
  private layerNames(): string {
    const on = Object.entries(this.layers).filter(([, button]) => button.ariaPressed === "true");
    return on.map(([name]) => name).join(".");
  }

  private showLayers(names: string[]): void {
    const [grid, density] = [names.includes("grid"), names.includes("density")];
    this.layers.grid.ariaPressed = String(grid);
    this.layers.density.ariaPressed = String(density);
    for (const field of this.fields) field.setLayers(grid, density);
  }
}
