/** A form for a map job: a method, its settings, a button. */

import { h, type Segments, segments } from "../../dom/elements";
import type { Setting } from "./settings";

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
    this.element = h("form.jobform", { onsubmit }, this.methods.element, this.rows, this.note, go);
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
