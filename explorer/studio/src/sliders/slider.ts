/** One latent dimension: its name, its track, its number, its lock. A move costs one transform. */

import { h, icon, number } from "../dom/elements";
import type { Theme } from "../dom/theme";
import { informationText, type Latents } from "../net/latents";
import type { Cursor } from "../state/cursor";
import { drawHistogram, drawTicks, fraction, HEAD, INSET, type Range, type RowLayout, rangeOf } from "./track";

const RAW = "onpointerrawupdate" in window; // as the device reports, not once a frame

export interface SliderHost {
  cursor: Cursor;
  latents: Latents | null;
  name(dim: number): string;
  rename(dim: number, name: string): void;
  isLocked(dim: number): boolean;
  lock(dim: number, on: boolean): void;
  choose(dim: number): void;
  note(dim: number): string; // a sentence more for its name's tooltip
}

export class Slider {
  readonly element: HTMLElement;
  readonly range: Range;
  private track: HTMLElement;
  private thumb = h("span.thumb-dot");
  private histogram = h<HTMLCanvasElement>("canvas.histogram", { "aria-hidden": "true" });
  private ticks = h<HTMLCanvasElement>("canvas.ticks", { "aria-hidden": "true" });
  private entry: HTMLInputElement;
  private label: HTMLButtonElement;
  private padlock: HTMLButtonElement;
  private width = 0;
  private value = NaN;
  private fine = { x: 0, value: 0, on: false }; // where a fine drag began

  constructor(
    readonly dim: number,
    private host: SliderHost,
  ) {
    this.range = rangeOf(host.latents, dim);
    this.label = h<HTMLButtonElement>("button.name", { type: "button", ondblclick: () => this.edit() });
    this.label.onclick = () => {
      host.choose(dim);
      this.track.focus();
    };
    this.label.onkeydown = (event) => void (event.key === "F2" && this.edit());
    this.track = h(
      "div.track",
      {
        role: "slider",
        tabIndex: 0,
        "aria-orientation": "horizontal",
        "aria-valuemin": this.range.low,
        "aria-valuemax": this.range.high,
      },
      this.histogram,
      this.thumb,
      this.ticks,
    );
    this.entry = h<HTMLInputElement>("input.number", { type: "text", inputMode: "decimal", spellcheck: false });
    this.padlock = h<HTMLButtonElement>("button.tool.lock", {
      type: "button",
      onclick: () => host.lock(dim, !host.isLocked(dim)),
    });
    this.element = h("div.slider", { "data-dim": dim }, this.label, this.track, this.entry, this.padlock);
    this.listen();
    this.refresh();
  }

  /** Names and locks may have changed. */
  refresh(): void {
    const { host, dim } = this;
    const name = host.name(dim);
    const hasName = name !== `z${dim}`;
    const locked = host.isLocked(dim);
    const information = informationText(host.latents, dim);
    this.label.textContent = name;
    this.label.title =
      `${hasName ? `${name} (z${dim})` : name} · ${information}. ` + `${host.note(dim)}Double-click or F2 renames it.`;
    this.track.setAttribute("aria-label", hasName ? `${name}, latent dimension ${dim}` : `Latent dimension ${dim}`);
    this.entry.setAttribute("aria-label", `Value of ${name}`);
    this.padlock.replaceChildren(icon(locked ? "lock" : "lock_open_right"));
    this.padlock.title = locked
      ? "Unlock: random, reset and the map may move it again"
      : "Lock: random, reset and the map leave it";
    this.padlock.setAttribute("aria-label", `Lock ${name}`);
    this.padlock.setAttribute("aria-pressed", String(locked));
  }

  focus(): void {
    this.track.focus({ preventScroll: true });
  }

  show(value: number): void {
    if (value === this.value) return;
    this.value = value;
    const at = INSET + fraction(this.range, value) * (this.width - 2 * INSET);
    this.thumb.style.transform = `translateX(${at.toFixed(1)}px)`;
    if (this.entry !== (this.entry.getRootNode() as ShadowRoot).activeElement) this.entry.value = number(value);
  }

  /** At rest: what a screen reader reads. */
  speak(): void {
    this.track.setAttribute("aria-valuenow", this.value.toFixed(2));
  }

  /** The track's width, the row's layout or the theme changed. */
  layout(width: number, rows: RowLayout, theme: Theme): void {
    this.width = width;
    this.element.classList.toggle("stacked", rows.stacked);
    this.track.style.width = `${width}px`;
    drawHistogram(this.histogram, width, this.host.latents, this.dim, this.range, theme);
    const value = this.value;
    this.value = NaN;
    if (!Number.isNaN(value)) this.show(value);
  }

  setTicks(sheet: HTMLCanvasElement | null, rows: RowLayout): void {
    this.track.style.height = `${rows.height - 7 - (rows.stacked ? HEAD : 0)}px`;
    drawTicks(this.ticks, this.width, rows, sheet);
  }

  private listen(): void {
    const { track, host, dim } = this;
    track.onpointerdown = (event) => {
      if (event.button !== 0) return;
      track.setPointerCapture(event.pointerId);
      track.focus({ preventScroll: true, focusVisible: false } as FocusOptions); // the thumb shows where
      host.choose(dim);
      this.fine.on = false;
      this.drag(event);
      event.preventDefault();
    };
    const move = (event: PointerEvent) => track.hasPointerCapture(event.pointerId) && this.drag(event);
    if (RAW) track.addEventListener("pointerrawupdate", move as EventListener);
    else track.onpointermove = move;
    track.onpointerup = (event) => {
      if (!track.hasPointerCapture(event.pointerId)) return;
      track.releasePointerCapture(event.pointerId);
      host.cursor.commit(undefined, "slider");
    };
    track.onpointercancel = () => host.cursor.revert();
    track.onfocus = () => host.choose(dim);
    track.ondblclick = () => host.cursor.commit(host.cursor.with(dim, 0), "slider");
    this.entry.onchange = () => this.enter();
    this.entry.onkeydown = (event) => {
      if (event.key === "Enter") this.enter();
      if (event.key === "Escape") this.entry.value = number(this.value);
    };
    this.entry.onfocus = () => this.entry.select();
  }

  /** The pointer's position as a value; with Shift, a tenth of the movement. */
  private drag(event: PointerEvent): void {
    const box = this.track.getBoundingClientRect();
    const span = this.range.high - this.range.low;
    const perPixel = span / (box.width - 2 * INSET);
    if (event.shiftKey && !this.fine.on) this.fine = { x: event.clientX, value: this.value, on: true };
    if (!event.shiftKey) this.fine.on = false;
    const value = this.fine.on
      ? this.fine.value + (event.clientX - this.fine.x) * perPixel * 0.1
      : this.range.low + (event.clientX - box.left - INSET) * perPixel;
    const { cursor } = this.host;
    const clamped = Math.min(this.range.high, Math.max(this.range.low, value));
    cursor.preview(cursor.with(this.dim, clamped), "slider", event.timeStamp);
  }

  private enter(): void {
    const { cursor } = this.host;
    const value = Number(this.entry.value.replace("−", "-").replace(",", "."));
    if (!Number.isFinite(value) || this.entry.value.trim() === "") this.entry.value = number(this.value);
    else if (Math.abs(value - this.value) > 1e-9) cursor.commit(cursor.with(this.dim, value), "slider");
  }

  private edit(): void {
    const field = h<HTMLInputElement>("input.rename", {
      value: this.host.name(this.dim),
      maxLength: 40,
      "aria-label": "New name",
    });
    this.label.replaceWith(field);
    field.select();
    let done = false;
    const finish = (keep: boolean) => {
      if (done) return;
      done = true;
      field.replaceWith(this.label);
      if (keep) this.host.rename(this.dim, field.value.trim());
    };
    field.onblur = () => finish(true);
    field.onkeydown = (event) => {
      event.stopPropagation();
      if (event.key === "Enter") finish(true);
      if (event.key === "Escape") finish(false);
    };
  }
}
