/** The frames of a path side by side, no gap wider than two pixels, with a scrubber that decodes between them. */

import type { ModelInfo } from "../contract";
import { fit, pen } from "../dom/canvas";
import { h } from "../dom/elements";

const GAP = 2;
const TALLEST = 120; // pixels
const RAW = "onpointerrawupdate" in window;

export class Strip {
  readonly element: HTMLElement;
  private canvas = h<HTMLCanvasElement>("canvas.frames", { "aria-hidden": "true" });
  private caret = h("span.caret");
  private track: HTMLElement;
  private ends = [h("span"), h("span")];
  private sheet: HTMLCanvasElement | null = null;
  private count = 2;
  private side = 28;
  private tallest = TALLEST;
  private watch: ResizeObserver;

  /** `onScrub`: where the scrubber is (0 to n - 1), and whether it rests there. */
  constructor(
    private model: ModelInfo,
    private onScrub: (at: number, rests: boolean, time: number) => void,
    play: HTMLElement,
  ) {
    this.track = h(
      "div.scrub",
      { role: "slider", tabIndex: 0, "aria-label": "Place on the path", "aria-valuemin": 0 },
      this.canvas,
      this.caret,
    );
    this.element = h("div.strip", {}, this.track, h("div.ends", {}, this.ends[0], play, this.ends[1]));
    this.listen();
    this.watch = new ResizeObserver(() => this.draw());
    this.watch.observe(this.element);
  }

  setFrames(count: number, labels: [string, string]): void {
    this.count = count;
    for (const [k, end] of this.ends.entries()) end.textContent = labels[k];
    this.track.setAttribute("aria-valuemax", String(count - 1));
    this.draw();
  }

  /** A presentation has room for larger pictures. */
  setTallest(stage: boolean): void {
    this.tallest = stage ? 2 * TALLEST : TALLEST;
  }

  setPictures(sheet: HTMLCanvasElement | null): void {
    this.sheet = sheet;
    this.draw();
  }

  show(at: number): void {
    this.caret.style.transform = `translateX(${((at + 0.5) * (this.side + GAP) - GAP / 2).toFixed(1)}px)`;
    this.track.setAttribute("aria-valuenow", at.toFixed(2));
    this.track.setAttribute("aria-valuetext", `picture ${(at + 1).toFixed(1)} of ${this.count}`);
  }

  destroy(): void {
    this.watch.disconnect();
  }

  private draw(): void {
    const room = (this.element.clientWidth - GAP * (this.count - 1)) / this.count;
    if (room <= 0) return;
    const [, height, width] = this.model.shape;
    this.side = Math.min(room, (this.tallest * Math.min(width, height)) / height);
    const tall = (this.side * height) / width;
    const wide = this.count * (this.side + GAP) - GAP;
    this.canvas.style.width = this.track.style.width = `${wide}px`;
    this.canvas.style.height = `${tall}px`;
    this.element.style.setProperty("--wide", `${wide}px`);
    fit(this.canvas, wide, tall);
    const context = pen(this.canvas);
    context.clearRect(0, 0, wide, tall);
    if (!this.sheet) return;
    // Hard pixels of one size at any scale: enlarged to the whole multiple above it, and that made a little smaller.
    const times = Math.max(1, Math.ceil((this.side * devicePixelRatio) / width - 0.01));
    const large = h<HTMLCanvasElement>("canvas", { width: times * width, height: times * height });
    const hard = large.getContext("2d")!;
    hard.imageSmoothingEnabled = false;
    context.imageSmoothingQuality = "high";
    for (let k = 0; k < this.count; k++) {
      hard.clearRect(0, 0, large.width, large.height);
      hard.drawImage(this.sheet, k * width, 0, width, height, 0, 0, large.width, large.height);
      context.drawImage(large, k * (this.side + GAP), 0, this.side, tall);
    }
  }

  private listen(): void {
    const { track } = this;
    const at = (event: PointerEvent) => {
      const x = event.clientX - track.getBoundingClientRect().left;
      return Math.min(this.count - 1, Math.max(0, (x + GAP / 2) / (this.side + GAP) - 0.5));
    };
    track.onpointerdown = (event) => {
      if (event.button !== 0) return;
      track.setPointerCapture(event.pointerId);
      this.onScrub(at(event), false, event.timeStamp);
    };
    const move = (event: PointerEvent) =>
      track.hasPointerCapture(event.pointerId) && this.onScrub(at(event), false, event.timeStamp);
    if (RAW) track.addEventListener("pointerrawupdate", move as EventListener);
    else track.onpointermove = move;
    track.onpointerup = (event) =>
      track.hasPointerCapture(event.pointerId) && this.onScrub(at(event), true, event.timeStamp);
    track.onkeydown = (event) => {
      const now = Number(track.getAttribute("aria-valuenow"));
      const step = event.shiftKey ? 0.02 : 0.1;
      const to = {
        ArrowLeft: now - step,
        ArrowDown: now - step,
        ArrowRight: now + step,
        ArrowUp: now + step,
        PageDown: now - 1,
        PageUp: now + 1,
        Home: 0,
        End: this.count - 1,
      }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      this.onScrub(Math.min(this.count - 1, Math.max(0, to)), true, event.timeStamp);
    };
  }
}
