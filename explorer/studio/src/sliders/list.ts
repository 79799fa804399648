/** All dimensions, by how much they carry; only the rows in view exist, so that 512 cost no more than 12. */

import type { ModelInfo } from "../contract";
import { h } from "../dom/elements";
import type { Theme } from "../dom/theme";
import { type Debounced, debounce, eachFrame } from "../dom/timing";
import { ACTIVE } from "../neighbours/knn";
import type { Decoder } from "../net/decoder";
import type { Latents } from "../net/latents";
import { sheet } from "../picture/pixels";
import { Slider, type SliderHost } from "./slider";
import { isSameLayout, ROOMY, type RowLayout, rowLayout, tickValue } from "./track";

const TWO_COLUMNS = 640; // from this width, where one would not hold them all
const GUTTER = 16; // pixels between two columns
const SEARCH_FROM = 24; // dimensions, above which there is a search
const FEW = 6; // sliders of a presentation that names none
const FURNITURE = 52 + 58 + 2 * 8; // name, number, gaps
const LOCK = 28 + 8;
const LEAST = 80; // pixels of a track
const STILL = 160; // ms without a move until the pictures along the tracks are decoded

/** Where the rows stand, for one size of the list. */
interface Grid {
  columns: number;
  column: number; // pixels of its width
  track: number; // pixels of a track's width
  rows: RowLayout;
}

export class Sliders {
  readonly element: HTMLElement;
  readonly foot: HTMLButtonElement; // unfolds what carries nothing
  current = 0; // the dimension that keys move
  private viewport = h("div.rows", { tabIndex: -1 });
  private room = h("div.room");
  private search: HTMLInputElement;
  private order: number[];
  private dead: number[];
  private listed: number[] = [];
  private sliders = new Map<number, Slider>();
  private pictures = new Map<number, HTMLCanvasElement>(); // along the tracks, by dimension, for the committed z
  private isUnfolded = false;
  private subset: number[] | null = null; // what a presentation shows
  private stop: AbortController | null = null;
  private decodeSoon: Debounced;
  private watch = new ResizeObserver(() => this.arrange(true));
  private columns = 1;
  private rows: RowLayout = rowLayout(0, 0, 0);

  constructor(
    private model: ModelInfo,
    latents: Latents | null,
    private decoder: Decoder,
    private host: SliderHost,
    private theme: Theme,
  ) {
    const kl = (d: number) => latents?.kl[d] ?? model.kl[d] ?? 1;
    const all = Array.from({ length: model.latent }, (_, d) => d).sort((a, b) => kl(b) - kl(a));
    this.order = all.filter((d) => kl(d) >= ACTIVE);
    this.dead = all.filter((d) => kl(d) < ACTIVE);
    if (!this.order.length) [this.order, this.dead] = [all, []];
    this.current = this.order[0];
    this.viewport.append(this.room);
    const fold = { type: "button", hidden: !this.dead.length, onclick: () => this.fold() };
    this.foot = h<HTMLButtonElement>("button.fold", fold);
    const find = { type: "search", placeholder: "find z", "aria-label": "Find a dimension" };
    this.search = h<HTMLInputElement>("input.search", { ...find, oninput: () => this.list() });
    this.element = h("div.sliders", {}, this.search, this.viewport, this.foot);
    this.decodeSoon = debounce(STILL, () => void this.decodeTicks());
    this.viewport.onscroll = eachFrame(() => this.arrange());
    host.cursor.onShow(eachFrame(() => this.show()));
    host.cursor.onCommit(() => this.commit());
    this.watch.observe(this.viewport);
    this.list();
  }

  setTheme(theme: Theme): void {
    this.theme = theme;
    this.arrange(true);
  }

  /** Only these dimensions, or the few that carry most where none is named; all of them for null. */
  only(dims: number[] | null): void {
    const subset = dims && (dims.length ? dims : this.order.slice(0, FEW));
    if (String(subset) === String(this.subset)) return;
    this.subset = subset;
    this.list();
  }

  /** Names, locks or notes may have changed. */
  refresh(): void {
    for (const slider of this.sliders.values()) slider.refresh();
  }

  /** Give a dimension the keys. */
  choose(dim: number): void {
    this.current = dim;
    for (const [d, slider] of this.sliders) slider.element.classList.toggle("chosen", d === dim);
  }

  /** Bring the next or the previous dimension into view and give it the keys. */
  step(by: number): void {
    const at = Math.max(0, this.listed.indexOf(this.current)) + by;
    const k = Math.min(this.listed.length - 1, Math.max(0, at));
    const { viewport } = this;
    const { height } = this.rows;
    const top = Math.floor(k / this.columns) * height;
    const bottom = viewport.scrollTop + viewport.clientHeight;
    if (top < viewport.scrollTop) viewport.scrollTop = top;
    else if (top + height > bottom) viewport.scrollTop = top + height - viewport.clientHeight;
    this.arrange();
    this.choose(this.listed[k]);
    this.sliders.get(this.listed[k])?.focus();
  }

  destroy(): void {
    this.watch.disconnect();
    this.decodeSoon.cancel();
    this.stop?.abort();
  }

  private fold(): void {
    this.isUnfolded = !this.isUnfolded;
    this.list();
  }

  private list(): void {
    const query = this.search.value.trim().toLowerCase();
    const matches = (d: number) =>
      !query || this.host.name(d).toLowerCase().includes(query) || `z${d}` === query || String(d) === query;
    const all = this.subset ?? (this.isUnfolded ? [...this.order, ...this.dead] : this.order);
    this.listed = all.filter(matches);
    const limit = this.model.order === "kl" ? `KL < ${ACTIVE} nats` : `spread < ${ACTIVE} of the widest`;
    const unfold = `${this.dead.length} more carry nothing (${limit})`;
    this.foot.hidden = !this.dead.length || this.subset !== null;
    this.foot.textContent = this.isUnfolded ? "hide those that carry nothing" : unfold;
    this.search.hidden = this.model.latent <= SEARCH_FROM || this.subset !== null;
    this.arrange();
  }

  /** Which rows are in view; build those, drop the others. `again`: lay out those that stay, too. */
  private arrange(again = false): void {
    const { clientWidth: width, clientHeight: height, scrollTop } = this.viewport;
    if (!width) return;
    const grid = this.grid(width, height);
    const isSame = isSameLayout(grid.rows, this.rows);
    if (!isSame) this.pictures.clear();
    this.rows = grid.rows;
    this.columns = grid.columns;
    const tall = grid.rows.height;
    const lines = Math.ceil(this.listed.length / grid.columns);
    this.room.style.height = `${lines * tall}px`;
    const [from, to] = [Math.max(0, Math.floor(scrollTop / tall) - 1), Math.ceil((scrollTop + height) / tall) + 1];
    const inView = new Set(this.listed.slice(from * grid.columns, to * grid.columns));
    this.drop(inView);
    for (const [i, dim] of this.listed.entries()) if (inView.has(dim)) this.place(dim, i, grid, again || !isSame);
    this.viewport.classList.toggle("more", lines * tall > scrollTop + height + 1);
    this.decodeSoon();
  }

  private grid(width: number, height: number): Grid {
    const n = this.listed.length;
    const columns = width >= TWO_COLUMNS && n * ROOMY > height ? 2 : 1;
    const column = (width - GUTTER * (columns - 1)) / columns;
    const beside = Math.max(LEAST, column - FURNITURE - (this.subset ? 0 : LOCK));
    const rows = rowLayout(height / Math.max(1, Math.ceil(n / columns)), beside, column);
    return { columns, column, track: rows.stacked ? column : beside, rows };
  }

  private drop(inView: Set<number>): void {
    for (const [dim, slider] of this.sliders) {
      if (inView.has(dim)) continue;
      slider.element.remove();
      this.sliders.delete(dim);
    }
  }

  /** The i-th row, built where it is not there yet. */
  private place(dim: number, i: number, { columns, column, track, rows }: Grid, again: boolean): void {
    const old = this.sliders.get(dim);
    const slider = old ?? new Slider(dim, this.host);
    const [line, side] = [Math.floor(i / columns), i % columns];
    slider.element.style.transform = `translate(${side * (column + GUTTER)}px, ${line * rows.height}px)`;
    slider.element.style.width = `${column}px`;
    slider.element.style.height = `${rows.height}px`;
    if (!old || again) {
      slider.layout(track, rows, this.theme);
      slider.setTicks(this.pictures.get(dim) ?? null, rows);
    }
    if (old) return;
    this.sliders.set(dim, slider);
    slider.element.classList.toggle("chosen", dim === this.current);
    this.room.append(slider.element);
    slider.show(this.host.cursor.live[dim]);
    slider.speak();
  }

  private show(): void {
    const z = this.host.cursor.live;
    for (const [dim, slider] of this.sliders) slider.show(z[dim]);
  }

  private commit(): void {
    this.pictures.clear();
    for (const slider of this.sliders.values()) slider.speak();
    this.decodeSoon();
  }

  /** Decode along every dimension in view, from the committed z, while nothing moves. */
  private async decodeTicks(): Promise<void> {
    this.stop?.abort();
    this.stop = new AbortController();
    const { signal } = this.stop;
    const { rows } = this;
    const inView = [...this.sliders.keys()].sort((a, b) => this.listed.indexOf(a) - this.listed.indexOf(b));
    for (const dim of inView) {
      const slider = this.sliders.get(dim);
      if (!slider || this.pictures.has(dim)) continue;
      const x = await this.decoder.idle(this.tickPoints(dim, slider, rows.ticks), signal);
      if (!x || signal.aborted || !isSameLayout(rows, this.rows)) return;
      const pictures = sheet(x, rows.ticks, this.model);
      this.pictures.set(dim, pictures);
      this.sliders.get(dim)?.setTicks(pictures, rows);
    }
  }

  /** The committed z with the values along one track, a row each. */
  private tickPoints(dim: number, { range }: Slider, ticks: number): Float32Array {
    const { latent } = this.model;
    const z = new Float32Array(ticks * latent);
    for (let k = 0; k < ticks; k++) {
      z.set(this.host.cursor.committed, k * latent);
      z[k * latent + dim] = tickValue(range, k, ticks);
    }
    return z;
  }
}
