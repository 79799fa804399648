/** The tools that select items on the map, how many are selected, and the button that saves them. */

import { effect } from "@preact/signals-core";
import { h, thousands, toggle, tool } from "../../dom/elements";
import { saveText } from "../../take/files";
import type { MapHost, MapShared, Selection, Tool } from "../shared";

export class SelectionTools {
  readonly elements: HTMLElement[];
  private count = h("output.number.faint");
  private save: HTMLButtonElement;
  private stop: (() => void)[];

  constructor(
    private host: MapHost,
    private shared: MapShared,
  ) {
    const buttons: Partial<Record<Tool, HTMLButtonElement>> = {
      rectangle: this.button("rectangle", "select", "Select a rectangle: drag on the map"),
      lasso: this.button("lasso", "lasso_select", "Select with a lasso: drag around points"),
    };
    this.save = tool("file_save", "Save the selection as CSV", () => this.download());
    this.elements = [...Object.values(buttons), this.save, this.count];
    this.stop = [
      effect(() => {
        for (const [kind, button] of Object.entries(buttons)) {
          button.setAttribute("aria-pressed", String(kind === shared.tool.value));
        }
      }),
      effect(() => this.show(shared.selection.value)),
    ];
  }

  destroy(): void {
    for (const stop of this.stop) stop();
  }

  private button(kind: Tool, symbol: string, title: string): HTMLButtonElement {
    return toggle(symbol, title, false, (on) => this.choose(on ? kind : "pan"));
  }

  private choose(kind: Tool): void {
    this.shared.tool.value = kind;
    if (kind === "pan") this.shared.selection.value = null;
  }

  private show(selection: Selection | null): void {
    const { count, total } = this.host.latents;
    const isSample = total > count;
    this.save.hidden = !selection?.count;
    if (selection) this.count.textContent = `${thousands(selection.count)} of ${thousands(count)}`;
    else this.count.textContent = isSample ? `${thousands(count)} of ${thousands(total)}` : thousands(count);
    this.count.title = selection ? "Selected items" : isSample ? "A random sample is shown" : "Encoded items";
  }

  private download(): void {
    const { latents, model } = this.host;
    const { dims, mean } = latents;
    const lines = [["item", "label", ...Array.from({ length: dims }, (_, d) => `z${d}`)].join(",")];
    this.shared.selection.value?.mask.forEach((isSelected, i) => {
      if (!isSelected) return;
      const label = latents.label ? (latents.classes[latents.label[i]] ?? latents.label[i]) : "";
      const quoted = `"${String(label).replaceAll('"', '""')}"`;
      lines.push([i, quoted, ...mean.subarray(i * dims, (i + 1) * dims)].join(","));
    });
    saveText(`${model.name}-selection.csv`, `${lines.join("\n")}\n`, "text/csv");
  }
}
