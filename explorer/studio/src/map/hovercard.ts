/** The small picture beside the cursor: the item that lies there. */

import { h } from "../dom/elements";
import { className, type Latents } from "../net/latents";
import type { Items } from "../picture/items";

const PAUSE = 40; // ms on one item before its picture is fetched

export class HoverCard {
  readonly element: HTMLElement;
  private canvas = h<HTMLCanvasElement>("canvas", { width: 1, height: 1 });
  private caption = h("span.caption");
  private item = -1;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private items: Items,
    private latents: Latents,
  ) {
    this.element = h("div.hovercard", { hidden: true, "aria-hidden": "true" }, this.canvas, this.caption);
  }

  show(item: number, px: number, py: number, width: number): void {
    if (item < 0) return this.hide();
    const side = px > width - 124 ? px - 106 : px + 18;
    this.element.style.transform = `translate(${side}px, ${Math.max(4, py - 84)}px)`;
    if (item === this.item) return;
    this.item = item;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.fetch(item), PAUSE); // a sweep across fetches nothing
  }

  private fetch(item: number): void {
    void this.items.get(item).then((thumb) => {
      if (!thumb || this.item !== item) return;
      const { width: w, height: t } = thumb.image as HTMLCanvasElement;
      Object.assign(this.canvas, { width: w, height: t });
      this.canvas.getContext("2d")!.drawImage(thumb.image, 0, 0);
      this.caption.replaceChildren(className(this.latents, item), h("small", {}, thumb.real ? "" : "reconstruction"));
      this.element.hidden = false;
    });
  }

  hide(): void {
    clearTimeout(this.timer);
    this.item = -1;
    this.element.hidden = true;
  }
}
