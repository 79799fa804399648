/** The menu of Compare: every model that there is, those that do not fit with the reason. */

import type { Choice, Comparison } from "../../contract";
import { h, icon } from "../../dom/elements";
import { type Menu, menu } from "../../dom/menu";

export class CompareMenu {
  private list = h("div.sheet.models", { role: "group", "aria-label": "Models to compare with" });
  private menu: Menu;
  private key = "";

  constructor(private onChoose: (name: string) => void) {
    this.menu = menu("", "compare", "Compare: a second model follows this one", this.list);
  }

  get element(): HTMLElement {
    return this.menu.element;
  }

  show({ choices, other }: Comparison): void {
    const key = JSON.stringify([choices, other?.name]);
    if (key === this.key) return;
    this.key = key;
    this.element.querySelector("summary")!.setAttribute("aria-pressed", String(Boolean(other)));
    const fitting = choices.filter(({ reason }) => !reason);
    const others = choices.filter(({ reason }) => reason);
    this.list.replaceChildren(
      h("span.faint", {}, "compare with"),
      ...fitting.map((choice) => this.entry(choice, choice.name === other?.name)),
    );
    if (!others.length) return;
    const entries = others.map((choice) => this.entry(choice, false));
    this.list.append(h("hr"), h("span.faint", {}, "do not fit"), ...entries);
  }

  private entry({ name, title, about, thumb, reason }: Choice, on: boolean): HTMLElement {
    const src = new URL(thumb, document.baseURI).href;
    const picture = thumb ? h("img", { src, alt: "", loading: "lazy" }) : h("span.blank");
    const words = h("span.words", {}, h("span", {}, title), h("span.faint", {}, reason || about));
    const onclick = () => this.choose(on ? "" : name);
    const props = { type: "button", disabled: Boolean(reason), onclick, "aria-pressed": String(on) };
    const button = h<HTMLButtonElement>("button.model", props, picture, words, on ? icon("check") : null);
    if (on) button.title = "End the comparison";
    return button;
  }

  private choose(name: string): void {
    this.menu.close(true);
    this.onChoose(name);
  }
}
