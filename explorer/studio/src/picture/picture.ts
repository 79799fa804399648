/** The decoded picture: drawn on every move, hard pixels at whole multiples, in a frame that shows the support. */

import { signal } from "@preact/signals-core";
import type { Mode, ModelInfo } from "../contract";
import { h, type Segments, segments, toggle, tool } from "../dom/elements";
import { countFrame, telemetry } from "../dom/telemetry";
import type { Decoder } from "../net/decoder";
import type { Cursor } from "../state/cursor";
import { freshSeed } from "../state/random";
import type { Decoded } from "../types";
import { largestSigma, meanOnlyReason } from "./distribution";
import { Render } from "./render";
import { SigmaScale } from "./sigmascale";

const MODES = ["mean", "sample", "sigma"] as const;
const LABELS: Record<Mode, { text: string; title: string }> = {
  mean: { text: "mean", title: "The decoder's mean of p(x|z)" },
  sample: { text: "sample", title: "A sample of p(x|z): every pixel is drawn; the draw stays while z moves" },
  sigma: { text: "σ", title: "How unsure the decoder is of each pixel: sigma, the standard deviation of p(x|z)" },
};
const SPOKEN: Record<Mode, string> = { mean: "", sample: "; a sample of p(x|z) is shown", sigma: "; sigma is shown" };
const MARGIN = 16; // pixels beside the picture
const SMOOTH_FROM = 4; // times its size; smaller ones stay hard

/** A picture on screen. */
export interface Frame {
  x: Float32Array; // the decoded mean, in whatever way it is drawn
  z: Float32Array; // what it was decoded from
  at: number; // timeStamp of the event that moved z there
}

export class Picture {
  readonly element: HTMLElement;
  readonly canvas: HTMLCanvasElement;
  readonly header: HTMLElement;
  readonly scale: SigmaScale; // of sigma's colours, here and in a comparison
  readonly frame = signal<Frame | null>(null); // what is on screen
  seed = freshSeed(); // of the sample
  private context: CanvasRenderingContext2D;
  private image: ImageData;
  private decoded: Decoded | null = null; // what is on screen, all of it
  private render: Render;
  private alt = "Decoded picture";
  private border: HTMLElement;
  private stage: HTMLElement;
  private modes: Segments<Mode>;
  private redraw: HTMLButtonElement;
  private smooth: HTMLButtonElement;
  private watch: ResizeObserver;
  private renderListeners: (() => void)[] = [];

  constructor(
    private model: ModelInfo,
    private decoder: Decoder,
    private cursor: Cursor,
    onMode: (mode: Mode) => void,
    private onSeed: (seed: number) => void = () => {},
  ) {
    const [channels, height, width] = model.shape;
    const spoken = { role: "img", "aria-label": "Decoded picture" };
    this.canvas = h<HTMLCanvasElement>("canvas.pixels", { width, height, ...spoken });
    this.context = this.canvas.getContext("2d", { alpha: channels === 4, desynchronized: false })!;
    this.image = this.context.createImageData(width, height);
    this.modes = segments("Show", modesOf(model), onMode);
    this.scale = new SigmaScale(largestSigma(model), () => this.repaint());
    this.render = new Render(model, this.scale);
    this.redraw = tool("casino", "Draw another sample", () => this.drawSample());
    this.smooth = toggle("blur_on", "Smooth pixels", channels === 3 && width >= 48, () => this.resize());
    this.border = h("div.frame", {}, this.canvas);
    this.stage = h("div.stage", {}, this.border);
    this.header = h("header", {}, this.modes.element, this.redraw, this.scale.element, h("span.stretch"), this.smooth);
    this.element = h("section.panel.picture", { "aria-label": "Picture" }, this.header, this.stage);
    this.watch = new ResizeObserver(() => this.resize());
    this.watch.observe(this.stage);
    cursor.onMove(() => void this.decode());
    this.setMode("mean");
  }

  /** Called when it is drawn in another way: mode, sample, size. */
  onRender(listener: () => void): void {
    this.renderListeners.push(listener);
  }

  get mode(): Mode {
    return this.render.mode;
  }

  async decode(): Promise<void> {
    const { at, live } = this.cursor;
    const decoded = await this.decoder.newest(live, this.render.whole);
    if (!decoded) return;
    telemetry.decodes++;
    telemetry.picture = decoded.x;
    this.decoded = decoded;
    this.draw();
    countFrame(at);
    this.cursor.show();
    this.frame.value = { x: decoded.x, z: live, at };
  }

  setMode(mode: Mode, seed = this.seed): void {
    this.seed = seed;
    if (mode !== this.render.mode) this.scale.reset();
    this.render.set(mode, seed);
    this.modes.set(this.render.mode);
    this.redraw.hidden = this.render.mode !== "sample";
    this.scale.element.hidden = this.render.mode !== "sigma";
    this.updateAlt();
    this.repaint();
    if (this.decoded && !this.render.shows(this.decoded)) void this.decode();
  }

  /** 1: the data is here, a solid frame; 0: it is far, a hatched one. */
  setSupport(solid: number, alt: string): void {
    const share = solid.toFixed(2);
    if (this.border.style.getPropertyValue("--solid") !== share) this.border.style.setProperty("--solid", share);
    this.alt = alt;
    this.updateAlt();
  }

  destroy(): void {
    this.watch.disconnect();
  }

  /** In another way, here and wherever it is followed. */
  private repaint(): void {
    this.draw();
    for (const listener of this.renderListeners) listener();
  }

  private drawSample(): void {
    this.setMode(this.render.mode, freshSeed());
    this.onSeed(this.seed);
  }

  private updateAlt(): void {
    const alt = this.alt + SPOKEN[this.render.mode];
    if (this.canvas.ariaLabel !== alt) this.canvas.ariaLabel = alt;
  }

  private draw(): void {
    if (!this.decoded) return;
    const { render, scale } = this;
    const whole = render.shows(this.decoded);
    render.draw(this.decoded, this.image.data);
    this.context.putImageData(this.image, 0, 0);
    if (render.mode === "sigma" && whole) scale.show(render.low, render.high);
    const { mode, values, noise } = render;
    telemetry.look = { mode, whole, values, noise, top: scale.top };
  }

  private resize(): void {
    const [, height, width] = this.model.shape;
    const { clientWidth, clientHeight } = this.stage;
    if (!clientWidth) return;
    const room = Math.min((clientWidth - MARGIN) / width, (clientHeight - MARGIN) / height) * devicePixelRatio;
    const times = Math.max(1, Math.floor(room)) / devicePixelRatio;
    this.canvas.style.width = `${width * times}px`;
    this.canvas.style.height = `${height * times}px`;
    this.smooth.hidden = times < SMOOTH_FROM;
    const soft = this.smooth.getAttribute("aria-pressed") === "true" && times >= SMOOTH_FROM;
    this.canvas.style.imageRendering = soft ? "auto" : "pixelated";
    for (const listener of this.renderListeners) listener();
  }
}

const modesOf = (model: ModelInfo) =>
  MODES.map((value) => ({ value, ...LABELS[value], reason: value === "mean" ? "" : meanOnlyReason(model) }));
