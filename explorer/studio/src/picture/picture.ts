/** The decoded picture: drawn on every move, hard pixels at whole multiples, in a frame that says how far the data is. */

import { h, segments, toggle, tool } from "../dom/elements";
import { bench, drawn } from "../dom/telemetry";
import type { Decoder } from "../net/decoder";
import type { Hand } from "../state/cursor";
import { freshSeed } from "../state/random";
import type { Decoded, Mode, ModelInfo } from "../types";
import { most, whyNot } from "./distribution";
import { Look } from "./render";
import { SigmaScale } from "./sigmascale";

const WORDS: Record<Mode, { text: string; title: string }> = {
  mean: { text: "mean", title: "The decoder's mean of p(x|z)" },
  sample: { text: "sample", title: "A sample of p(x|z): every pixel is drawn; the draw stays while z moves" },
  sigma: { text: "σ", title: "How unsure the decoder is of each pixel: sigma, the standard deviation of p(x|z)" },
};
const SPOKEN: Record<Mode, string> = { mean: "", sample: "; a sample of p(x|z) is shown", sigma: "; sigma is shown" };

export class Picture {
  readonly element: HTMLElement;
  readonly canvas: HTMLCanvasElement;
  readonly header: HTMLElement;
  readonly scale: SigmaScale; // of sigma's colours, here and in a comparison
  seed = freshSeed(); // of the sample
  shownZ: Float32Array | null = null; // what it was decoded from
  shownAt = 0; // timeStamp of the event that moved the hand there
  private context: CanvasRenderingContext2D;
  private image: ImageData;
  private decoded: Decoded | null = null; // what is on screen
  private look: Look;
  private alt = "Decoded picture";
  private frame: HTMLElement;
  private stage: HTMLElement;
  private kinds: ReturnType<typeof segments<Mode>>;
  private redraw: HTMLButtonElement;
  private smooth: HTMLButtonElement;
  private watch: ResizeObserver;
  private listeners: (() => void)[] = [];
  private lookers: (() => void)[] = [];

  constructor(
    private model: ModelInfo,
    private decoder: Decoder,
    private hand: Hand,
    modeChosen: (mode: Mode) => void,
    private seedChosen: (seed: number) => void = () => {},
  ) {
    const [channels, height, width] = model.shape;
    this.canvas = h<HTMLCanvasElement>("canvas.pixels", {
      width,
      height,
      role: "img",
      "aria-label": "Decoded picture",
    });
    this.context = this.canvas.getContext("2d", { alpha: channels === 4, desynchronized: false })!;
    this.image = this.context.createImageData(width, height);
    const kinds = (["mean", "sample", "sigma"] as const).map((value) => ({
      value,
      ...WORDS[value],
      not: value === "mean" ? "" : whyNot(model),
    }));
    this.kinds = segments("Show", kinds, modeChosen);
    this.scale = new SigmaScale(most(model), () => this.repaint());
    this.look = new Look(model, this.scale);
    this.redraw = tool("casino", "Draw another sample", () => this.redrawn());
    this.smooth = toggle("blur_on", "Smooth pixels", channels === 3 && width >= 48, () => this.resize());
    this.frame = h("div.frame", {}, this.canvas);
    this.stage = h("div.stage", {}, this.frame);
    this.header = h("header", {}, this.kinds.element, this.redraw, this.scale.element, h("span.stretch"), this.smooth);
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

  get mode(): Mode {
    return this.look.mode;
  }

  /** The decoded mean that is on screen, in whatever way it is drawn. */
  get shown(): Float32Array | null {
    return this.decoded && this.decoded.x;
  }

  async decode(): Promise<void> {
    const { at, live } = this.hand;
    const decoded = await this.decoder.hand(live, this.look.whole);
    if (!decoded) return;
    bench.decodes++;
    this.decoded = decoded;
    bench.picture = decoded.x;
    this.shownZ = live;
    this.shownAt = at;
    this.draw();
    drawn(at);
    this.hand.drawn();
    for (const listener of this.listeners) listener();
  }

  setMode(mode: Mode, seed = this.seed): void {
    this.seed = seed;
    if (mode !== this.look.mode) this.scale.reset();
    this.look.set(mode, seed);
    this.kinds.set(this.look.mode);
    this.redraw.hidden = this.look.mode !== "sample";
    this.scale.element.hidden = this.look.mode !== "sigma";
    this.speak();
    this.repaint();
    if (this.decoded && !this.look.shows(this.decoded)) void this.decode();
  }

  /** In another way, here and wherever it is followed. */
  private repaint(): void {
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
    this.alt = alt;
    this.speak();
  }

  private speak(): void {
    const alt = this.alt + SPOKEN[this.look.mode];
    if (this.canvas.ariaLabel !== alt) this.canvas.ariaLabel = alt;
  }

  destroy(): void {
    this.watch.disconnect();
  }

  private draw(): void {
    if (!this.decoded) return;
    const { look, scale } = this;
    look.draw(this.decoded, this.image.data);
    this.context.putImageData(this.image, 0, 0);
    if (look.mode === "sigma" && look.shows(this.decoded)) scale.show(look.low, look.high);
    bench.look = {
      mode: look.mode,
      whole: look.shows(this.decoded),
      values: look.values,
      noise: look.noise,
      top: scale.top,
    };
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
