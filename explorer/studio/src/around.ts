/** Under the picture: whether z is where the data is, and the items that lie nearest to it. */

import { h } from "./dom";
import type { Hand } from "./hand";
import type { Items } from "./items";
import { className, type Latents } from "./latents";
import type { Near, Neighbourhood } from "./near";
import type { Picture } from "./picture";
import { support } from "./support";

const SHOWN = 10; // items in view
const SPOKEN = 5; // of which so many are told
const EVERY = 100; // ms between looks while the hand moves
const STILL = 120; // ms that a neighbourhood must last before its pictures are fetched
const NUMBERS = ["no", "one", "two", "three", "four", "five"];

export class Around {
  readonly element: HTMLElement;
  near: Neighbourhood | null = null;
  private word = h("span.word");
  private radius = meter("radius", "Distance from the origin |z|, and the share of the prior that lies further in");
  private density = meter("density", "The share of the data that lies more alone than this point");
  private figures: { root: HTMLButtonElement; canvas: HTMLCanvasElement; caption: HTMLElement; item: number }[];
  private kind = h("span.faint");
  private timer: ReturnType<typeof setTimeout> | undefined;
  private fetching: ReturnType<typeof setTimeout> | undefined;
  private listeners: (() => void)[] = [];

  constructor(
    private latents: Latents, private items: Items, private asker: Near, private hand: Hand, private picture: Picture,
    snap: (item: number) => void,
  ) {
    this.figures = Array.from({ length: SHOWN }, () => {
      const canvas = h<HTMLCanvasElement>("canvas.thumb", { "aria-hidden": "true", width: 1, height: 1 });
      const caption = h("span.caption");
      const root = h<HTMLButtonElement>("button.figure", { type: "button" }, canvas, caption);
      const figure = { root, canvas, caption, item: -1 };
      root.onclick = () => figure.item >= 0 && snap(figure.item);
      return figure;
    });
    this.element = h("div.around", {},
      h("div.support", {}, this.word, h("div.meters", {}, this.radius.element, this.density.element)),
      h("div.nearest", {}, h("div.line", {}, h("span", {}, "nearest"), this.kind),
        h("div.figures", {}, ...this.figures.map((f) => f.root))));
    hand.onMove(() => this.soon(EVERY));
    hand.onRest(() => this.soon(0));
    this.soon(0);
  }

  /** Called when the neighbours of the shown z are known. */
  onNear(listener: () => void): void {
    this.listeners.push(listener);
  }

  destroy(): void {
    clearTimeout(this.timer);
    clearTimeout(this.fetching);
  }

  private soon(ms: number): void {
    if (ms === 0) clearTimeout(this.timer);
    else if (this.timer !== undefined) return;
    this.timer = setTimeout(() => ((this.timer = undefined), void this.look()), ms);
  }

  private async look(): Promise<void> {
    const z = this.hand.live;
    const near = await this.asker.query(z);
    if (!near) return;
    this.near = near;
    const s = support(z, near);
    this.word.textContent = s.word;
    this.radius.set(s.inside, s.radius.toFixed(2));
    this.density.set(s.density, `${Math.round(100 * s.density)} %`);
    this.picture.setSupport(s.solid, this.spoken(s.word));
    for (const listener of this.listeners) listener();
    clearTimeout(this.fetching);
    this.fetching = setTimeout(() => this.figures.forEach((_, k) => void this.show(k, near)), STILL);
  }

  private async show(k: number, near: Neighbourhood): Promise<void> {
    const figure = this.figures[k];
    const item = near.rows[k] ?? -1;
    const far = near.distances[k] ?? 0;
    const name = item < 0 ? "" : className(this.latents, item);
    figure.caption.textContent = item < 0 ? "" : [name.slice(0, 8), far.toFixed(1)].filter(Boolean).join(" · ");
    figure.root.title = `Item ${item}${name && `, ${name}`}, at distance ${far.toFixed(2)}: click to go there`;
    figure.root.setAttribute("aria-label", figure.root.title);
    if (item === figure.item) return;
    figure.item = item;
    const thumb = item < 0 ? null : await this.items.get(item);
    if (!thumb || figure.item !== item) return;
    const { width, height } = thumb.image as HTMLCanvasElement;
    Object.assign(figure.canvas, { width, height });
    figure.canvas.getContext("2d")!.drawImage(thumb.image, 0, 0);
    this.kind.textContent = thumb.real ? "" : "reconstructions";
  }

  /** "near 7, typical, three neighbours of class 9" */
  private spoken(word: string): string {
    const names = [...(this.near?.rows ?? [])].slice(0, SPOKEN).map((i) => className(this.latents, i)).filter(Boolean);
    const first = names[0];
    const others = names.filter((name) => name !== first);
    const parts = ["Decoded picture", first && `near ${first}`, word];
    if (others.length) parts.push(`${NUMBERS[others.length]} neighbour${others.length > 1 ? "s" : ""} of class ${others[0]}`);
    return parts.filter(Boolean).join(", ");
  }
}

function meter(label: string, title: string): { element: HTMLElement; set(fraction: number, text: string): void } {
  const bar = h("span.bar");
  const value = h("output.number");
  const element = h("div.meter", { title }, h("span", {}, label), h("span.gauge", {}, bar), value);
  return {
    element,
    set(fraction, text) {
      bar.style.transform = `scaleX(${Math.min(1, Math.max(0, fraction)).toFixed(3)})`;
      value.textContent = text;
    },
  };
}
