/** All dimensions, by how much they carry; only the rows in view exist, so that 512 cost no more than 12. */

import { h } from "../dom/elements";
import type { Theme } from "../dom/theme";
import { debounce, eachFrame } from "../dom/timing";
import { ACTIVE } from "../neighbours/knn";
import type { Decoder } from "../net/decoder";
import type { Latents } from "../net/latents";
import { sheet } from "../picture/pixels";
import type { Hand } from "../state/cursor";
import type { ModelInfo } from "../types";
import { Slider, type SliderHost } from "./slider";
import { alike, ROOMY, type Rows, rowsOf, tickValue } from "./track";

const TWO_COLUMNS = 640; // from this width, where one would not hold them all
const FEW = 6; // sliders of a presentation that names none
const FURNITURE = 52 + 58 + 2 * 8; // name, number, gaps
const LOCK = 28 + 8;

export class Sliders {
  readonly element: HTMLElement;
  readonly foot: HTMLButtonElement; // unfolds what carries nothing
  chosen = 0;
  private viewport = h("div.rows", { tabIndex: -1 });
  private room = h("div.room");
  private search = h<HTMLInputElement>("input.search", {
    type: "search",
    placeholder: "find z",
    "aria-label": "Find a dimension",
  });
  private order: number[];
  private dead: number[];
  private listed: number[] = [];
  private rows = new Map<number, Slider>();
  private pictures = new Map<number, HTMLCanvasElement>(); // ticks by dimension, for the z that they were made for
  private unfolded = false;
  private chosenFew: number[] | null = null; // what a presentation shows
  private stop: AbortController | null = null;
  private frame: () => void;
  private refreshTicks: ReturnType<typeof debounce>;
  private watch: ResizeObserver;
  private columns = 1;
  private size: Rows = rowsOf(0, 0, 0);

  constructor(
    private model: ModelInfo,
    latents: Latents | null,
    private decoder: Decoder,
    private hand: Hand,
    private host: SliderHost,
    private theme: Theme,
  ) {
    const kl = (d: number) => latents?.kl[d] ?? model.kl[d] ?? 1;
    const all = Array.from({ length: model.latent }, (_, d) => d).sort((a, b) => kl(b) - kl(a));
    this.order = all.filter((d) => kl(d) >= ACTIVE);
    this.dead = all.filter((d) => kl(d) < ACTIVE);
    if (!this.order.length) [this.order, this.dead] = [all, []];
    this.chosen = this.order[0];
    this.viewport.append(this.room);
    this.foot = h<HTMLButtonElement>("button.fold", {
      type: "button",
      hidden: !this.dead.length,
      onclick: () => this.fold(),
    });
    this.search.hidden = model.latent <= 24;
    this.element = h("div.sliders", {}, this.search, this.viewport, this.foot);
    this.frame = eachFrame(() => this.show());
    this.refreshTicks = debounce(160, () => void this.makeTicks());
    this.viewport.onscroll = eachFrame(() => this.arrange());
    this.search.oninput = () => this.list();
    hand.onMove(this.frame);
    hand.onRest(() => this.rested());
    this.watch = new ResizeObserver(() => this.arrange(true));
    this.watch.observe(this.viewport);
    this.list();
  }

  setTheme(theme: Theme): void {
    this.theme = theme;
    this.arrange(true);
  }

  /** Only these dimensions, or the few that carry most where none is named; all of them for null. */
  only(dims: number[] | null): void {
    const few = dims && (dims.length ? dims : this.order.slice(0, FEW));
    if (String(few) === String(this.chosenFew)) return;
    this.chosenFew = few;
    this.list();
  }

  refresh(): void {
    for (const slider of this.rows.values()) slider.refresh();
  }

  /** Bring a dimension into view and give it the keys. */
  choose(dim: number): void {
    this.chosen = dim;
    for (const [d, slider] of this.rows) slider.element.classList.toggle("chosen", d === dim);
  }

  /** The next or the previous dimension. */
  step(by: number): void {
    const at = Math.max(0, this.listed.indexOf(this.chosen)) + by;
    const k = Math.min(this.listed.length - 1, Math.max(0, at));
    const tall = this.size.height;
    const top = Math.floor(k / this.columns) * tall;
    if (top < this.viewport.scrollTop) this.viewport.scrollTop = top;
    else if (top + tall > this.viewport.scrollTop + this.viewport.clientHeight)
      this.viewport.scrollTop = top + tall - this.viewport.clientHeight;
    this.arrange();
    this.choose(this.listed[k]);
    this.rows.get(this.listed[k])?.focus();
  }

  destroy(): void {
    this.watch.disconnect();
    this.refreshTicks.cancel();
    this.stop?.abort();
  }

  private fold(): void {
    this.unfolded = !this.unfolded;
    this.list();
  }

  private list(): void {
    const sought = this.search.value.trim().toLowerCase();
    const all = this.chosenFew ?? (this.unfolded ? [...this.order, ...this.dead] : this.order);
    this.listed = all.filter(
      (d) => !sought || this.host.name(d).toLowerCase().includes(sought) || `z${d}` === sought || String(d) === sought,
    );
    const n = this.dead.length;
    this.foot.hidden = !n || this.chosenFew !== null;
    this.search.hidden = this.model.latent <= 24 || this.chosenFew !== null;
    this.foot.textContent = this.unfolded
      ? "hide those that carry nothing"
      : `${n} more carry nothing (${this.model.order === "kl" ? `KL < ${ACTIVE} nats` : `spread < ${ACTIVE} of the widest`})`;
    this.arrange();
  }

  /** Which rows are in view; make those, drop the others. */
  private arrange(all = false): void {
    const { clientWidth: width, clientHeight: height, scrollTop } = this.viewport;
    if (!width) return;
    const n = this.listed.length;
    this.columns = width >= TWO_COLUMNS && n * ROOMY > height ? 2 : 1;
    const lines = Math.ceil(n / this.columns);
    const column = (width - 16 * (this.columns - 1)) / this.columns;
    const beside = Math.max(80, column - FURNITURE - (this.chosenFew ? 0 : LOCK));
    const size = rowsOf(height / Math.max(1, lines), beside, column);
    const same = alike(size, this.size);
    if (!same) this.pictures.clear();
    all ||= !same;
    this.size = size;
    const tall = size.height;
    this.room.style.height = `${lines * tall}px`;
    const [from, to] = [Math.max(0, Math.floor(scrollTop / tall) - 1), Math.ceil((scrollTop + height) / tall) + 1];
    const wanted = new Set(this.listed.slice(from * this.columns, to * this.columns));
    for (const [dim, slider] of this.rows) {
      if (wanted.has(dim)) continue;
      slider.element.remove();
      this.rows.delete(dim);
    }
    this.listed.forEach((dim, i) => {
      if (!wanted.has(dim)) return;
      let slider = this.rows.get(dim);
      const fresh = !slider;
      if (!slider) this.rows.set(dim, (slider = new Slider(dim, this.host)));
      const [line, side] = [Math.floor(i / this.columns), i % this.columns];
      slider.element.style.transform = `translate(${side * (column + 16)}px, ${line * tall}px)`;
      slider.element.style.width = `${column}px`;
      slider.element.style.height = `${tall}px`;
      if (fresh || all) slider.layout(size.stacked ? column : beside, size, this.theme);
      if (fresh || all) slider.setTicks(this.pictures.get(dim) ?? null, size);
      if (!fresh) return;
      slider.element.classList.toggle("chosen", dim === this.chosen);
      this.room.append(slider.element);
      slider.show(this.hand.live[dim]);
      slider.speak();
    });
    this.viewport.classList.toggle("more", lines * tall > scrollTop + height + 1);
    this.refreshTicks();
  }

  private show(): void {
    const z = this.hand.live;
    for (const [dim, slider] of this.rows) slider.show(z[dim]);
  }

  private rested(): void {
    this.pictures.clear();
    for (const slider of this.rows.values()) slider.speak();
    this.refreshTicks();
  }

  /** Decode along every dimension in view, from the committed z, while the hand is still. */
  private async makeTicks(): Promise<void> {
    this.stop?.abort();
    const stop = (this.stop = new AbortController());
    const inView = [...this.rows.keys()].sort((a, b) => this.listed.indexOf(a) - this.listed.indexOf(b));
    for (const dim of inView) {
      if (this.pictures.has(dim)) continue;
      const slider = this.rows.get(dim);
      if (!slider) continue;
      const latent = this.model.latent;
      const size = this.size;
      const z = new Float32Array(size.ticks * latent);
      for (let k = 0; k < size.ticks; k++) {
        z.set(this.hand.committed, k * latent);
        z[k * latent + dim] = tickValue(slider.range, k, size.ticks);
      }
      const x = await this.decoder.idle(z, stop.signal);
      if (!x || stop.signal.aborted || !alike(size, this.size)) return;
      const pictures = sheet(x, size.ticks, this.model);
      this.pictures.set(dim, pictures);
      this.rows.get(dim)?.setTicks(pictures, size);
    }
  }
}
