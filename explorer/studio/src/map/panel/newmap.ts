/** Two menus of the map: a new map with its settings, and colours from clusters or from a table. */

import { h, thousands } from "../../dom/elements";
import { type Menu, menu } from "../../dom/menu";
import type { Latents } from "../../net/latents";
import { isMapJob, type MapJobs, type MapRequest, type Slot } from "../../net/mapjobs";
import { JobForm } from "./jobform";
import { JobList } from "./joblist";
import { CLUSTER_SETTINGS, LIMITS, MAP_SETTINGS, type Setting } from "./settings";

const METHODS = [
  { value: "pca", text: "PCA" },
  { value: "umap", text: "UMAP" },
  { value: "tsne", text: "t-SNE" },
];
const CLUSTERS = [
  { value: "mixture", text: "mixture", title: "A Gaussian mixture: groups of any size and slant" },
  { value: "kmeans", text: "k-means", title: "Round groups of like size" },
];
const TABLE_HINT =
  "The first line names the columns. One row an item, or a column item (its number on the map, from 0) or index " +
  "(its row in the data set).";

/** A menu whose letters are no short cuts. */
function formMenu(spec: string, symbol: string, title: string, ...children: HTMLElement[]): Menu {
  const form = menu(spec, symbol, title, h("div.sheet", {}, ...children));
  form.element.addEventListener("keydown", (event) => {
    if ((event.target as Element).matches("input, button")) event.stopPropagation();
  });
  return form;
}

export class NewMap {
  private menu: Menu;
  private list: JobList;

  constructor(
    jobs: MapJobs,
    private latents: Latents,
    slot: Slot,
    show: (map: string) => void,
  ) {
    this.list = new JobList(jobs, isMapJob, show);
    const submit = (kind: string, values: Record<string, number>) => {
      this.menu.close();
      void jobs.submit({ kind, ...values } as MapRequest, slot);
    };
    const form = new JobForm({
      label: "Method",
      methods: METHODS,
      settings: (method) => this.settings(method),
      note: (method) => this.note(method),
      button: "Draw",
      submit,
    });
    this.menu = formMenu(".start", "add_location_alt", "New map", form.element, this.list.element);
  }

  get element(): HTMLElement {
    return this.menu.element;
  }

  refresh(current: string): void {
    this.list.refresh(current);
  }

  private settings(method: string): Setting[] {
    const { dims } = this.latents;
    const settings = MAP_SETTINGS[method];
    if (method !== "pca") return settings;
    return settings.map((setting) => ({ ...setting, max: dims, value: Math.min(setting.value, dims) }));
  }

  private note(method: string): string {
    const { count } = this.latents;
    const most = LIMITS[method];
    if (!most || count <= most) return "";
    const items = `${thousands(most)} of ${thousands(count)} items`;
    return `${items}, drawn at random, are laid out; the rest is placed by its neighbours.`;
  }
}

export class NewColour {
  private menu: Menu;
  private list: JobList;

  constructor(
    private jobs: MapJobs,
    show: (colour: string) => void,
  ) {
    this.list = new JobList(jobs, (job) => !isMapJob(job), show);
    const submit = (method: string, values: Record<string, number>) => {
      this.menu.close();
      void jobs.submit({ kind: "clusters", method, ...values } as MapRequest, "colour");
    };
    const form = new JobForm({
      label: "Clusters",
      methods: CLUSTERS,
      settings: () => CLUSTER_SETTINGS,
      button: "Find clusters",
      submit,
    });
    const file = this.fileInput();
    const upload = h("button.go", { type: "button", onclick: () => file.click() }, "A column from CSV");
    const hint = h("p.hint.faint", {}, TABLE_HINT);
    const title = "Colour by clusters or by a column of yours";
    const children = [form.element, h("hr"), upload, hint, file, this.list.element];
    this.menu = formMenu(".start.up", "palette", title, ...children);
  }

  get element(): HTMLElement {
    return this.menu.element;
  }

  refresh(current: string): void {
    this.list.refresh(current);
  }

  private fileInput(): HTMLInputElement {
    const props = { type: "file", accept: ".csv,.tsv,.txt,text/csv", hidden: true, "aria-label": "A table as CSV" };
    const input = h<HTMLInputElement>("input", props);
    input.onchange = () => {
      const [table] = input.files ?? [];
      input.value = "";
      if (!table) return;
      this.menu.close();
      void this.jobs.upload(table);
    };
    return input;
  }
}
