/** The map with its controls: which map, which axes, which colour, what lies under it, what is selected. */

import { colourChoices } from "./colour";
import { h, segments, select, toggle, tool } from "./dom";
import { MapField, type MapHost } from "./map";
import { setTool, type Tool } from "./pointer";
import type { View } from "./types";

const TITLES: Record<string, string> = { raw: "raw", pca: "PCA", umap: "UMAP", tsne: "t-SNE" };
const WORDS: Record<string, string> = {
  raw: "Two latent dimensions as they are",
  pca: "The plane of most variance (linear: a place has an exact z)",
  umap: "Neighbours stay neighbours (a place decodes from its neighbours' latents)",
};

export class MapPanel {
  readonly element: HTMLElement;
  readonly field: MapField;
  private kinds: ReturnType<typeof segments<string>>;
  private x = select("x", (value) => this.change({ x: Number(value) }));
  private y = select("y", (value) => this.change({ y: Number(value) }));
  private colour = select("colour", (value) => this.change({ colour: value }));
  private count = h("output.number.faint");
  private lassos: Record<"rectangle" | "lasso", HTMLButtonElement>;
  private save: HTMLButtonElement;

  constructor(private host: MapHost, private change: (view: Partial<View>) => void) {
    const { latents } = host;
    this.field = new MapField(host);
    const names = ["raw", ...latents.maps.map((m) => m.name)];
    this.kinds = segments("Map", names.map((value) => ({ value, text: TITLES[value] ?? value, title: WORDS[value] ?? "" })),
      (map) => change({ map }));
    const lasso = (kind: "rectangle" | "lasso", icon: string, title: string) => toggle(icon, title, false, (on) => this.choose(on ? kind : "pan"));
    this.lassos = {
      rectangle: lasso("rectangle", "select", "Select a rectangle: drag on the map"),
      lasso: lasso("lasso", "lasso_select", "Select with a lasso: drag around points"),
    };
    this.save = tool("file_save", "Save the selection as CSV", () => this.download());
    const grid = toggle("grid_view", "Decoded pictures under the points", false, (on) => ((this.field.under.grid = on), this.field.showUnder()));
    const density = toggle("elevation", "Lines of equal density", false, (on) => ((this.field.under.density = on), this.field.showUnder()));
    this.element = h("section.panel.map", { "aria-label": "Map" },
      h("header", {}, this.kinds.element, h("span.stretch"), this.x.element, this.y.element),
      this.field.element,
      h("footer", {}, this.colour.element, h("span.stretch"), grid, density, h("span.rule"), this.lassos.rectangle, this.lassos.lasso, this.save, this.count));
    this.field.onPicked = (count) => this.showCount(count);
    this.showCount(null);
  }

  setView(view: View): void {
    const { latents, name } = this.host;
    const dims = Array.from({ length: latents.dims }, (_, d) => ({ value: String(d), text: name(d) }));
    this.kinds.set(view.map);
    this.x.set(dims, String(view.x));
    this.y.set(dims, String(view.y));
    this.colour.set(colourChoices(latents, name), view.colour);
    const raw = view.map === "raw";
    this.x.element.classList.toggle("away", !raw);
    this.y.element.classList.toggle("away", !raw);
    this.field.setView(view);
  }

  private choose(tool: Tool): void {
    setTool(this.field, tool);
    for (const [kind, button] of Object.entries(this.lassos)) button.setAttribute("aria-pressed", String(kind === tool));
    this.field.element.dataset["tool"] = tool;
    if (tool === "pan") this.field.pick(null);
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
    const link = h<HTMLAnchorElement>("a", { download: `${model.name}-selection.csv`,
      href: URL.createObjectURL(new Blob([lines.join("\n") + "\n"], { type: "text/csv" })) });
    link.click();
    URL.revokeObjectURL(link.href);
  }
}
