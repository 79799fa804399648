/** Under the picture: whether z is where the data is, and the items that lie nearest to it. */

import { h } from "../dom/elements";
import type { Near, Neighbourhood } from "../neighbours/neighbours";
import { className, type Latents } from "../net/latents";
import type { RoundTrip } from "../net/roundtrip";
import type { Hand } from "../state/cursor";
import type { Items } from "./items";
import type { Picture } from "./picture";
import { Radii, support } from "./support";

const SHOWN = 10; // items in view
const SHORT = 3; // letters of a class that fit beside a distance
const SPOKEN = 5; // of which so many are told
const EVERY = 100; // ms between looks while the hand moves
const STILL = 120; // ms that a neighbourhood must last before its pictures are fetched
const PAUSE = 600; // ms of stillness before the round trip
const NUMBERS = ["no", "one", "two", "three", "four", "five"];

export class Around {
  readonly element: HTMLElement;
  private found: Neighbourhood | null = null;
  private foundFor: Float32Array | null = null;
  private word = h("span.word");
  private radii: Radii | null; // of the items, where N(0, I) is not the prior
  private radius: ReturnType<typeof meter>;
  private density = meter("density", "The share of the data that lies more alone than this point");
  private trip = meter(
    "round trip",
    "How far z is from where its decoded picture is encoded; the gauge: the share of the items that come back from further away",
  );
  private figures: { root: HTMLButtonElement; canvas: HTMLCanvasElement; caption: HTMLElement; item: number }[];
  private kind = h("span.faint");
  private timer: ReturnType<typeof setTimeout> | undefined;
  private travelling: ReturnType<typeof setTimeout> | undefined;
  private fetching: ReturnType<typeof setTimeout> | undefined;
  private listeners: (() => void)[] = [];

  constructor(
    private latents: Latents,
    private items: Items,
    private asker: Near,
    private hand: Hand,
    private picture: Picture,
    private round: RoundTrip,
    snap: (item: number) => void,
  ) {
    this.radii = latents.standard ? null : new Radii(latents.mean, latents.dims);
    this.radius = meter(
      "radius",
      this.radii
        ? "Distance from the middle of the encoded items, and the share of them that lies further in; this model's prior is not N(0, I)"
        : "Distance from the origin |z|, and the share of the prior N(0, I) that lies further in",
    );
    this.trip.element.hidden = true;
    this.figures = Array.from({ length: SHOWN }, () => {
      const canvas = h<HTMLCanvasElement>("canvas.thumb", { "aria-hidden": "true", width: 1, height: 1 });
      const caption = h("span.caption");
      const root = h<HTMLButtonElement>("button.figure", { type: "button" }, canvas, caption);
      const figure = { root, canvas, caption, item: -1 };
      root.onclick = () => figure.item >= 0 && snap(figure.item);
      return figure;
    });
    this.element = h(
      "div.around",
      {},
      h(
        "div.support",
        {},
        this.word,
        h("div.meters", {}, this.radius.element, this.density.element, this.trip.element),
      ),
      h(
        "div.nearest",
        {},
        h("div.line", {}, h("span", {}, "nearest items, and how far they are in z"), this.kind),
        h(
          `div.figures${latents.classes.some((name) => name.length > SHORT) ? ".named" : ""}`,
          {},
          ...this.figures.map((f) => f.root),
        ),
      ),
    );
    hand.onMove(() => this.soon(EVERY));
    hand.onRest(() => this.soon(0));
    picture.onDraw(() => this.travelSoon());
    this.soon(0);
  }

  /** The neighbours of the shown z, once they are known. */
  get near(): Neighbourhood | null {
    return this.foundFor === this.hand.live ? this.found : null;
  }

  /** Called when the neighbours of the shown z are known. */
  onNear(listener: () => void): void {
    this.listeners.push(listener);
  }

  destroy(): void {
    clearTimeout(this.timer);
    clearTimeout(this.fetching);
    clearTimeout(this.travelling);
    this.round.destroy();
  }

  private soon(ms: number): void {
    if (ms === 0) clearTimeout(this.timer);
    else if (this.timer !== undefined) return;
    this.timer = setTimeout(() => ((this.timer = undefined), void this.look()), ms);
  }

  /** The way back takes the encoder: only when the hand is still. */
  private travelSoon(): void {
    clearTimeout(this.travelling);
    this.travelling = setTimeout(() => void this.travel(), PAUSE);
  }

  private async travel(): Promise<void> {
    const { shown, shownZ } = this.picture;
    const trip = shown && shownZ && (await this.round.of(shownZ, shown));
    if (!trip) return;
    this.trip.element.hidden = false;
    this.trip.set(trip.share, trip.distance.toFixed(2));
  }

  private async look(): Promise<void> {
    const z = this.hand.live;
    const near = await this.asker.query(z);
    if (!near) return;
    this.found = near;
    this.foundFor = z;
    const s = support(z, near, this.radii);
    this.word.textContent = s.word;
    this.radius.set(s.inside, s.radius.toFixed(2));
    this.density.set(s.density, `${Math.round(100 * s.density)} %`);
    this.picture.setSupport(s.solid, this.spoken(s.word));
    for (const listener of this.listeners) listener();
    clearTimeout(this.fetching);
    this.fetching = setTimeout(() => {
      this.items.expect([...near.rows].slice(0, SHOWN));
      this.figures.forEach((_, k) => void this.show(k, near));
    }, STILL);
  }

  private async show(k: number, near: Neighbourhood): Promise<void> {
    const figure = this.figures[k];
    const item = near.rows[k] ?? -1;
    const far = near.distances[k] ?? 0;
    const name = item < 0 ? "" : className(this.latents, item);
    figure.caption.replaceChildren(h("span", {}, name), h("span.number", {}, item < 0 ? "" : far.toFixed(1)));
    figure.root.title = `Item ${item}${name && `, ${name}`}, at distance ${far.toFixed(2)}: click to go there`;
    figure.root.setAttribute("aria-label", figure.root.title);
    if (item === figure.item) return;
    figure.item = item;
    const thumb = item < 0 ? null : await this.items.get(item);
    if (!thumb || figure.item !== item) return;
    const { width, height } = thumb.image as HTMLCanvasElement;
    Object.assign(figure.canvas, { width, height });
    figure.canvas.getContext("2d")!.drawImage(thumb.image, 0, 0);
    this.kind.textContent = thumb.real ? "" : "· reconstructions";
  }

  /** "near 7, typical, three neighbours of class 9" */
  private spoken(word: string): string {
    const names = [...(this.found?.rows ?? [])]
      .slice(0, SPOKEN)
      .map((i) => className(this.latents, i))
      .filter(Boolean);
    const first = names[0];
    const others = names.filter((name) => name !== first);
    const parts = ["Decoded picture", first && `near ${first}`, word];
    if (others.length)
      parts.push(`${NUMBERS[others.length]} neighbour${others.length > 1 ? "s" : ""} of class ${others[0]}`);
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
