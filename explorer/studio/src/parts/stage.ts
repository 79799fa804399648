/** The header of a presentation: the step's title and sentence, its number, and the keys of a clicker. */

import type { StageData, Turn } from "../contract";
import { h, showIcons, tool } from "../dom/elements";
import type { Part, Renderer } from "../types";
import { attach } from "./boot";

const KEYS: Record<string, Turn> = {
  PageDown: "next",
  ArrowRight: "next",
  ArrowDown: "next",
  " ": "next",
  Enter: "next",
  PageUp: "previous",
  ArrowLeft: "previous",
  ArrowUp: "previous",
  Backspace: "previous",
  Escape: "leave",
};
const ALWAYS = ["PageDown", "PageUp", "Escape"]; // a clicker's keys turn the page whatever has the focus
const BLACK = "bB."; // keys of the black screen
const TYPING = "input, textarea, select, [contenteditable]";

export const stage = (first: Renderer<StageData>): Part<StageData> => new Stage(first);

class Stage implements Part<StageData> {
  private root: HTMLElement;
  private title = h("h1.title");
  private text = h("p.sentence");
  private number = h("output.number", { "aria-label": "Step" });
  private back = tool("arrow_back", "Previous step (Page up)", () => this.turn("previous"));
  private next = tool("arrow_forward", "Next step (Page down)", () => this.turn("next"));
  private black: HTMLElement;
  private preloads = new Set<string>();

  constructor(private renderer: Renderer<StageData>) {
    const spoken = "The screen is black; any key shows it again";
    this.black = h("div.black", {
      hidden: true,
      role: "img",
      "aria-label": spoken,
      onclick: () => this.setBlack(false),
    });
    this.root = h(
      "div.studio.root.stage-bar",
      {},
      h("div.said", {}, this.title, this.text),
      this.number,
      this.back,
      this.next,
      tool("visibility_off", "Black screen (B)", () => this.setBlack(true)),
      tool("close_fullscreen", "Leave the stage (Esc)", () => this.turn("leave")),
      this.black,
    );
    attach(renderer.parentElement, this.root);
    showIcons(this.root);
    window.addEventListener("keydown", this.listen, { capture: true });
    this.show(renderer.data);
  }

  update(renderer: Renderer<StageData>): void {
    this.renderer = renderer;
    this.show(renderer.data);
  }

  destroy(): void {
    window.removeEventListener("keydown", this.listen, { capture: true });
    this.root.remove();
  }

  private show({ title, text, at, count, preload }: StageData): void {
    this.title.textContent = title;
    this.text.textContent = text;
    this.text.hidden = !text;
    this.number.textContent = count ? `${at || "–"} / ${count}` : "";
    this.back.disabled = at < 2;
    this.next.disabled = at >= count;
    for (const address of preload) if (!this.preloads.has(address)) void this.preload(address);
  }

  private async preload(address: string): Promise<void> {
    this.preloads.add(address);
    try {
      await (await fetch(new URL(address, document.baseURI), { priority: "low" })).blob();
    } catch {
      this.preloads.delete(address);
    }
  }

  private turn(way: Turn): void {
    this.renderer.setTriggerValue("turn", way);
  }

  private setBlack(on: boolean): void {
    this.black.hidden = !on;
  }

  private listen = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.composedPath()[0] as Element;
    if (target.matches?.(TYPING)) return;
    const isBlackKey = BLACK.includes(event.key);
    if (target !== document.body && !ALWAYS.includes(event.key) && !isBlackKey) return;
    if (!this.black.hidden || isBlackKey) this.setBlack(this.black.hidden === true);
    else if (KEYS[event.key]) this.turn(KEYS[event.key]);
    else return;
    event.preventDefault();
    event.stopImmediatePropagation(); // the studio has other uses for these keys
  };
}
