/** A form for a map job: a method, its settings, a button. Which methods and settings there are. */

import { h, type Segments, segments } from "../../dom/elements";

export interface Setting {
  name: string;
  text: string;
  title: string;
  value: number;
  min: number;
  max: number;
  step: number;
}

const SEED: Setting = {
  name: "seed",
  text: "seed",
  title: "The random numbers: the same seed draws the same map",
  value: 0,
  min: 0,
  max: 99999,
  step: 1,
};

const component = (name: string, value: number): Setting => ({
  name,
  text: `${name} component`,
  title: "Counted from 1, the one of most variance",
  value,
  min: 1,
  max: 512,
  step: 1,
});

const NEIGHBOURS: Setting = {
  name: "neighbours",
  text: "neighbours",
  title: "Few: fine structure; many: the large picture",
  value: 15,
  min: 2,
  max: 200,
  step: 1,
};

const MIN_DIST: Setting = {
  name: "min_dist",
  text: "least distance",
  title: "How tightly points may be packed",
  value: 0.1,
  min: 0,
  max: 0.99,
  step: 0.05,
};

const PERPLEXITY: Setting = {
  name: "perplexity",
  text: "perplexity",
  title: "About how many neighbours an item has",
  value: 30,
  min: 1,
  max: 500,
  step: 1,
};

const K: Setting = {
  name: "k",
  text: "clusters",
  title: "How many groups to look for",
  value: 10,
  min: 2,
  max: 100,
  step: 1,
};

export const MAP_SETTINGS: Record<string, Setting[]> = {
  pca: [component("first", 1), component("second", 3)],
  umap: [NEIGHBOURS, MIN_DIST, SEED],
  tsne: [PERPLEXITY, SEED],
};
export const CLUSTER_SETTINGS = [K, SEED];

/** Items that are laid out at most; the same as in vae/requests.py. */
export const LIMITS: Record<string, number> = { umap: 50_000, tsne: 20_000 };

export interface JobFormOptions {
  label: string;
  methods: { value: string; text: string; title?: string }[];
  settings(method: string): Setting[];
  note?(method: string): string;
  button: string;
  submit(method: string, values: Record<string, number>): void;
}

export class JobForm {
  readonly element: HTMLElement;
  private method: string;
  private inputs = new Map<string, HTMLInputElement>();
  private rows = h("div.rows");
  private note = h("p.faint");
  private methods: Segments<string>;

  constructor(private options: JobFormOptions) {
    const { label, methods, button } = options;
    this.method = methods[methods.length - 1].value;
    this.methods = segments(label, methods, (method) => this.choose(method));
    const go = h("button.go", { type: "submit" }, button);
    const onsubmit = (event: Event) => this.submit(event);
    this.element = h("form.wish", { onsubmit }, this.methods.element, this.rows, this.note, go);
    this.choose(this.method);
  }

  private submit(event: Event): void {
    event.preventDefault();
    const values = [...this.inputs].map(([name, input]) => [name, input.valueAsNumber]);
    this.options.submit(this.method, Object.fromEntries(values));
  }

  private choose(method: string): void {
    this.method = method;
    this.methods.set(method);
    this.inputs.clear();
    this.rows.replaceChildren(...this.options.settings(method).map((setting) => this.row(setting)));
    this.note.textContent = this.options.note?.(method) ?? "";
    this.note.hidden = !this.note.textContent;
  }

  private row({ name, text, title, value, min, max, step }: Setting): HTMLElement {
    const range = { min: String(min), max: String(max), step: String(step), value: String(value) };
    const input = h<HTMLInputElement>("input.number", { type: "number", required: true, ...range });
    this.inputs.set(name, input);
    return h("label.entry", { title }, h("span", {}, text), input);
  }
}
