/** The menu of Compare: every model that there is, those that do not fit with the reason. */

import { h, icon } from "../../dom/elements";
import type { Choice, Comparison } from "../../types";

export class CompareMenu {
  readonly element: HTMLDetailsElement;
  private list = h("div.sheet.models", { role: "group", "aria-label": "Models to compare with" });
  private key = "";

  constructor(private chosen: (name: string) => void) {
    const title = "Compare: a second model follows the same hand";
    this.element = h<HTMLDetailsElement>(
      "details.menu",
      {},
      h("summary.tool", { title, "aria-label": title }, icon("compare")),
      this.list,
    );
    this.element.onkeydown = (event) => void (event.key === "Escape" && this.close(true)); // false would swallow Tab
    this.element.addEventListener("focusout", (event) => {
      if (event.relatedTarget && !this.element.contains(event.relatedTarget as Node)) this.close();
    });
  }

  show({ choices, other }: Comparison): void {
    const key = JSON.stringify([choices, other?.name]);
    if (key === this.key) return;
    this.key = key;
    this.element.querySelector("summary")!.setAttribute("aria-pressed", String(Boolean(other)));
    const fit = choices.filter((c) => !c.reason);
    const not = choices.filter((c) => c.reason);
    this.list.replaceChildren(
      h("span.faint", {}, "compare with"),
      ...fit.map((c) => this.entry(c, c.name === other?.name)),
      ...(not.length ? [h("hr"), h("span.faint", {}, "do not fit"), ...not.map((c) => this.entry(c, false))] : []),
    );
  }

  private entry(choice: Choice, on: boolean): HTMLElement {
    const { name, title, about, thumb, reason } = choice;
    const picture = thumb
      ? h("img", { src: new URL(thumb, document.baseURI).href, alt: "", loading: "lazy" })
      : h("span.blank");
    const button = h<HTMLButtonElement>(
      "button.model",
      { type: "button", disabled: Boolean(reason), onclick: () => this.pick(on ? "" : name) },
      picture,
      h("span.words", {}, h("span", {}, title), h("span.faint", {}, reason || about)),
      on ? icon("check") : null,
    );
    if (on) button.title = "End the comparison";
    button.setAttribute("aria-pressed", String(on));
    return button;
  }

  private pick(name: string): void {
    this.close(true);
    this.chosen(name);
  }

  private close(back = false): void {
    this.element.open = false;
    if (back) this.element.querySelector<HTMLElement>("summary")!.focus({ preventScroll: true });
  }
}
