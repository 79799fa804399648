/** Under the picture: whether z is where the data is, and the items that lie nearest to it. */

import { effect, signal } from "@preact/signals-core";
import { h } from "../dom/elements";
import type { Neighbourhood, NeighbourSearch } from "../neighbours/neighbours";
import { className, type Latents } from "../net/latents";
import type { RoundTrip } from "../net/roundtrip";
import type { Cursor } from "../state/cursor";
import type { Items } from "./items";
import type { Picture } from "./picture";
import { Radii, support } from "./support";

const SHOWN = 10; // items in view
const SHORT = 3; // letters of a class that fit beside a distance
const SPOKEN = 5; // items in the spoken description
const EVERY = 100; // ms between updates while z moves
const STILL = 120; // ms that a neighbourhood must last before its pictures are fetched
const PAUSE = 600; // ms of stillness before the round trip
const NUMBERS = ["no", "one", "two", "three", "four", "five"];

const TITLES = {
  radius: "Distance from the origin |z|, and the share of the prior N(0, I) that lies further in",
  radiusOfItems:
    "Distance from the middle of the encoded items, and the share of them that lies further in; " +
    "this model's prior is not N(0, I)",
  density: "The share of the data that lies more alone than this point",
  trip:
    "How far z is from where its decoded picture is encoded; " +
    "the gauge: the share of the items that come back from further away",
};

interface Figure {
  root: HTMLButtonElement;
  canvas: HTMLCanvasElement;
  caption: HTMLElement;
  item: number;
}

export interface NearestHost {
  latents: Latents;
  items: Items;
  search: NeighbourSearch;
  cursor: Cursor;
  picture: Picture;
  roundTrip: RoundTrip;
  goTo(item: number): void;
}

export class Nearest {
  readonly element: HTMLElement;
  private latest = signal<{ z: Float32Array; neighbourhood: Neighbourhood } | null>(null);
  private word = h("span.word");
  private radii: Radii | null; // of the items, where N(0, I) is not the prior
  private radius: Meter;
  private density = meter("density", TITLES.density);
  private trip = meter("round trip", TITLES.trip);
  private figures: Figure[];
  private source = h("span.faint"); // says where the pictures are reconstructions
  private updateTimer: ReturnType<typeof setTimeout> | undefined;
  private tripTimer: ReturnType<typeof setTimeout> | undefined;
  private pictureTimer: ReturnType<typeof setTimeout> | undefined;
  private stopTrips: () => void;

  constructor(private host: NearestHost) {
    const { latents, cursor, picture } = host;
    this.radii = latents.standard ? null : new Radii(latents.mean, latents.dims);
    this.radius = meter("radius", this.radii ? TITLES.radiusOfItems : TITLES.radius);
    this.trip.element.hidden = true;
    this.figures = Array.from({ length: SHOWN }, () => this.figure());
    const meters = h("div.meters", {}, this.radius.element, this.density.element, this.trip.element);
    const isLong = latents.classes.some((name) => name.length > SHORT);
    this.element = h(
      "div.around",
      {},
      h("div.support", {}, this.word, meters),
      h(
        "div.nearest",
        {},
        h("div.line", {}, h("span", {}, "nearest items, and how far they are in z"), this.source),
        h(`div.figures${isLong ? ".named" : ""}`, {}, ...this.figures.map(({ root }) => root)),
      ),
    );
    cursor.onShow(() => this.updateSoon(EVERY));
    cursor.onCommit(() => this.updateSoon(0));
    this.stopTrips = effect(() => {
      if (picture.frame.value) this.tripSoon();
    });
    this.updateSoon(0);
  }

  /** The neighbours of the shown z, once they are known. */
  get neighbourhood(): Neighbourhood | null {
    const latest = this.latest.value;
    return latest && latest.z === this.host.cursor.live ? latest.neighbourhood : null;
  }

  destroy(): void {
    clearTimeout(this.updateTimer);
    clearTimeout(this.pictureTimer);
    this.stopTrips();
    clearTimeout(this.tripTimer);
    this.host.roundTrip.destroy();
  }

  private figure(): Figure {
    const canvas = h<HTMLCanvasElement>("canvas.thumb", { "aria-hidden": "true", width: 1, height: 1 });
    const caption = h("span.caption");
    const root = h<HTMLButtonElement>("button.figure", { type: "button" }, canvas, caption);
    const figure = { root, canvas, caption, item: -1 };
    root.onclick = () => {
      if (figure.item >= 0) this.host.goTo(figure.item);
    };
    return figure;
  }

  private updateSoon(ms: number): void {
    if (ms === 0) clearTimeout(this.updateTimer);
    else if (this.updateTimer !== undefined) return;
    this.updateTimer = setTimeout(() => {
      this.updateTimer = undefined;
      void this.update();
    }, ms);
  }

  /** The way back takes the encoder: only while z is still. */
  private tripSoon(): void {
    clearTimeout(this.tripTimer);
    this.tripTimer = setTimeout(() => void this.makeTrip(), PAUSE);
  }

  private async makeTrip(): Promise<void> {
    const frame = this.host.picture.frame.value;
    const trip = frame && (await this.host.roundTrip.of(frame.z, frame.x));
    if (!trip) return;
    this.trip.element.hidden = false;
    this.trip.set(trip.share, trip.distance.toFixed(2));
  }

  private async update(): Promise<void> {
    const { cursor, items, picture, search } = this.host;
    const z = cursor.live;
    const neighbourhood = await search.query(z);
    if (!neighbourhood) return;
    const { word, radius, inside, density, solid } = support(z, neighbourhood, this.radii);
    this.word.textContent = word;
    this.radius.set(inside, radius.toFixed(2));
    this.density.set(density, `${Math.round(100 * density)} %`);
    picture.setSupport(solid, this.describe(neighbourhood, word));
    this.latest.value = { z, neighbourhood };
    clearTimeout(this.pictureTimer);
    this.pictureTimer = setTimeout(() => {
      items.prefetch([...neighbourhood.rows].slice(0, SHOWN));
      for (const k of this.figures.keys()) void this.show(k, neighbourhood);
    }, STILL);
  }

  private async show(k: number, { rows, distances }: Neighbourhood): Promise<void> {
    const figure = this.figures[k];
    const item = rows[k] ?? -1;
    const distance = distances[k] ?? 0;
    const name = item < 0 ? "" : className(this.host.latents, item);
    figure.caption.replaceChildren(h("span", {}, name), h("span.number", {}, item < 0 ? "" : distance.toFixed(1)));
    figure.root.title = `Item ${item}${name && `, ${name}`}, at distance ${distance.toFixed(2)}: click to go there`;
    figure.root.setAttribute("aria-label", figure.root.title);
    if (item === figure.item) return;
    figure.item = item;
    const thumb = item < 0 ? null : await this.host.items.get(item);
    if (!thumb || figure.item !== item) return;
    const { width, height } = thumb.image as HTMLCanvasElement;
    Object.assign(figure.canvas, { width, height });
    figure.canvas.getContext("2d")!.drawImage(thumb.image, 0, 0);
    this.source.textContent = thumb.real ? "" : "· reconstructions";
  }

  /** "near 7, typical, three neighbours of class 9" */
  private describe({ rows }: Neighbourhood, word: string): string {
    const items = [...rows].slice(0, SPOKEN);
    const names = items.map((item) => className(this.host.latents, item)).filter(Boolean);
    const first = names[0];
    const others = names.filter((name) => name !== first);
    const phrases = ["Decoded picture", first && `near ${first}`, word];
    const plural = others.length > 1 ? "s" : "";
    if (others.length) phrases.push(`${NUMBERS[others.length]} neighbour${plural} of class ${others[0]}`);
    return phrases.filter(Boolean).join(", ");
  }
}

interface Meter {
  element: HTMLElement;
  set(share: number, text: string): void;
}

function meter(label: string, title: string): Meter {
  const bar = h("span.bar");
  const value = h("output.number");
  const element = h("div.meter", { title }, h("span", {}, label), h("span.gauge", {}, bar), value);
  return {
    element,
    set(share, text) {
      bar.style.transform = `scaleX(${Math.min(1, Math.max(0, share)).toFixed(3)})`;
      value.textContent = text;
    },
  };
}
