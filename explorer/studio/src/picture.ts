/** The decoded picture: drawn on every move, hard pixels at whole multiples, in a frame that says how far the data is. */

import { drawn, bench } from "./bench";
import type { Decoder } from "./decoder";
import { h, segments, toggle, tool } from "./dom";
import type { Hand } from "./hand";
import { modes, noise, paint, type Look } from "./pixels";
import { freshSeed } from "./random";
import type { Mode, ModelInfo } from "./types";

const WORDS: Record<Mode, { text: string; title: string }> = {
  mean: { text: "mean", title: "The decoder's mean of p(x|z)" },
  sample: { text: "sample", title: "A sample of p(x|z): every pixel is drawn; the draw stays while z moves" },
  sigma: { text: "σ", title: "How unsure each pixel is (sigma of p(x|z)); white is 0.5" },
};

export class Picture {
  readonly element: HTMLElement;
  readonly canvas: HTMLCanvasElement;
  readonly header: HTMLElement;
  shown: Float32Array | null = null; // the decoded mean that is on screen
  shownZ: Float32Array | null = null; // what it was decoded from
  shownAt = 0; // timeStamp of the event that moved the hand there
  private context: CanvasRenderingContext2D;
  private image: ImageData;
  private look: Look = { mode: "mean", noise: null };
  private seed = freshSeed();
  private frame: HTMLElement;
  private stage: HTMLElement;
  private kinds: ReturnType<typeof segments<Mode>>;
  private redraw: HTMLButtonElement;
  private smooth: HTMLButtonElement;
  private watch: ResizeObserver;
  private listeners: (() => void)[] = [];
  private lookers: (() => void)[] = [];

  constructor(
    private model: ModelInfo, private decoder: Decoder, private hand: Hand, modeChosen: (mode: Mode) => void,
    private seedChosen: (seed: number) => void = () => {},
  ) {
    const [channels, height, width] = model.shape;
    this.canvas = h<HTMLCanvasElement>("canvas.pixels", { width, height, role: "img", "aria-label": "Decoded picture" });
    this.context = this.canvas.getContext("2d", { alpha: channels === 4, desynchronized: false })!;
    this.image = this.context.createImageData(width, height);
    this.kinds = segments("Show", modes(model).map((value) => ({ value, ...WORDS[value] })), modeChosen);
    this.redraw = tool("casino", "Draw another sample", () => this.redrawn());
    this.smooth = toggle("blur_on", "Smooth pixels", channels === 3 && width >= 48, () => this.resize());
    this.kinds.element.hidden = modes(model).length < 2;
    this.frame = h("div.frame", {}, this.canvas);
    this.stage = h("div.stage", {}, this.frame);
    this.header = h("header", {}, this.kinds.element, this.redraw, h("span.stretch"), this.smooth);
    this.element = h("section.panel.picture", { "aria-label": "Picture" }, this.header, this.stage);
    this.watch = new ResizeObserver(() => this.resize());
    this.watch.observe(this.stage);
    hand.onAsk(() => void this.decode());
    this.setMode("mean");
  }

  /** Called after each drawn picture. */
  onDraw(listener: () => void): void {
    this.listeners.push(listener);
  }

  /** Called when it is drawn in another way: mode, sample, size. */
  onLook(listener: () => void): void {
    this.lookers.push(listener);
  }

  get drawnAs(): Look {
    return this.look;
  }

  async decode(): Promise<void> {
    const { at, live } = this.hand;
    const x = await this.decoder.hand(live);
    if (!x) return;
    bench.decodes++;
    this.shown = bench.picture = x;
    this.shownZ = live;
    this.shownAt = at;
    this.draw();
    drawn(at);
    this.hand.drawn();
    for (const listener of this.listeners) listener();
  }

  setMode(mode: Mode, seed = this.seed): void {
    this.seed = seed;
    const known = modes(this.model).includes(mode) ? mode : "mean";
    this.look = { mode: known, noise: known === "sample" ? noise(this.model, seed) : null };
    this.kinds.set(known);
    this.redraw.hidden = known !== "sample";
    this.draw();
    for (const listener of this.lookers) listener();
  }

  private redrawn(): void {
    this.setMode(this.look.mode, freshSeed());
    this.seedChosen(this.seed);
  }

  /** 1: the data is here, a solid frame; 0: it is far, a hatched one. */
  setSupport(solid: number, alt: string): void {
    const share = solid.toFixed(2);
    if (this.frame.style.getPropertyValue("--solid") !== share) this.frame.style.setProperty("--solid", share);
    if (this.canvas.ariaLabel !== alt) this.canvas.ariaLabel = alt;
  }

  destroy(): void {
    this.watch.disconnect();
  }

  private draw(): void {
    if (!this.shown) return;
    paint(this.shown, 0, this.model, this.look, this.image.data);
    this.context.putImageData(this.image, 0, 0);
  }

  private resize(): void {
    const [, height, width] = this.model.shape;
    const { clientWidth, clientHeight } = this.stage;
    if (!clientWidth) return;
    const room = Math.min((clientWidth - 16) / width, (clientHeight - 16) / height) * devicePixelRatio;
    const times = Math.max(1, Math.floor(room)) / devicePixelRatio;
    this.canvas.style.width = `${width * times}px`;
    this.canvas.style.height = `${height * times}px`;
    this.smooth.hidden = times < 4;
    const soft = this.smooth.getAttribute("aria-pressed") === "true" && times >= 4;
    this.canvas.style.imageRendering = soft ? "auto" : "pixelated";
    for (const listener of this.lookers) listener();
  }
}
