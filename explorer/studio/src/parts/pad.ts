/** A square to draw on. While it is drawn on, the browser encodes and decodes it; Python gets the drawing at rest. */

import type { PadData } from "../contract";
import { h, showIcons, tool } from "../dom/elements";
import { readTheme } from "../dom/theme";
import type { Client } from "../net/client";
import type { Decoder } from "../net/decoder";
import { openDecoder, openEncoder } from "../net/open";
import { paint } from "../picture/pixels";
import type { Part, Renderer } from "../types";
import { attach } from "./boot";
import { type Box, boundsOf, centreOfMass } from "./centring";

const SIDE = 320; // pixels of the drawing
const STEPS = 40; // drawings that undo remembers

type Point = [number, number];

export const pad = (first: Renderer<PadData>): Part<PadData> => new Pad(first);

class Pad implements Part<PadData> {
  private root: HTMLElement;
  private canvas = drawing("", "Drawing", SIDE, SIDE);
  private context = this.canvas.getContext("2d", { willReadFrequently: true })!;
  private small: HTMLCanvasElement; // the drawing as the encoder sees it
  private result: HTMLCanvasElement;
  private brush = h<HTMLInputElement>("input", {
    ...{ type: "range", min: "6", max: "48", value: "24" },
    ...{ "aria-label": "Brush", title: "Brush" },
  });
  private undoButton = tool("undo", "Undo a stroke", () => this.undo());
  private history: ImageData[] = [];
  private last: Point | null = null; // of the stroke that is being drawn
  private encoder: Client | null;
  private decoder: Decoder;
  private ink: string;
  private paper: string;
  private skeleton: ReturnType<typeof attach>;

  constructor(private renderer: Renderer<PadData>) {
    const { model, bundle } = renderer.data;
    const [channels, height, width] = model.shape;
    [this.ink, this.paper] = channels === 1 ? ["#fff", "#000"] : ["#222", "#fff"]; // grey sets are light on dark
    this.small = h<HTMLCanvasElement>("canvas", { width, height });
    this.result = drawing(".result", "Its reconstruction", width, height);
    this.encoder = model.encoder ? openEncoder(model, bundle) : null;
    this.decoder = openDecoder(model, bundle);
    this.root = this.build();
    showIcons(this.root);
    this.clearSheet();
    this.listen();
    this.skeleton = attach(renderer.parentElement, this.root);
    this.skeleton.hide();
    this.showTheme();
  }

  update(renderer: Renderer<PadData>): void {
    const { fill } = this.renderer.data;
    this.renderer = renderer;
    if (renderer.data.fill !== fill) void this.reconstruct();
    this.showTheme();
  }

  destroy(): void {
    this.encoder?.close();
    this.root.remove();
    this.skeleton.show();
  }

  private build(): HTMLElement {
    const clear = tool("delete", "Clear", () => this.clear());
    const symbol = h("span.symbol.xhat", {}, "x̂");
    const live = h("figure", {}, this.result, h("figcaption", {}, symbol, " as the model gives it back"));
    live.hidden = !this.encoder;
    void this.encoder?.ready.then((works) => {
      live.hidden = !works;
      if (works) void this.reconstruct();
    });
    const sheet = h("figure", {}, this.canvas, h("figcaption", {}, this.brush, this.undoButton, clear));
    return h("div.studio.root", {}, h("div.pads", {}, sheet, live));
  }

  private showTheme(): void {
    this.root.classList.toggle("dark", readTheme(this.root).dark);
  }

  private clearSheet(): void {
    this.context.fillStyle = this.paper;
    this.context.fillRect(0, 0, SIDE, SIDE);
    this.undoButton.disabled = !this.history.length;
  }

  private listen(): void {
    const { canvas } = this;
    canvas.onpointerdown = (event) => {
      if (event.button !== 0) return;
      canvas.setPointerCapture(event.pointerId);
      this.remember();
      if (this.history.length > STEPS) this.history.shift();
      this.stroke(this.pointOf(event));
      void this.reconstruct();
    };
    canvas.onpointermove = (event) => {
      if (!this.last) return;
      for (const part of event.getCoalescedEvents?.() ?? [event]) this.stroke(this.pointOf(part));
      void this.reconstruct();
    };
    canvas.onpointerup = canvas.onpointercancel = () => {
      if (!this.last) return;
      this.last = null;
      this.report();
    };
  }

  private pointOf(event: PointerEvent): Point {
    const box = this.canvas.getBoundingClientRect();
    return [((event.clientX - box.left) / box.width) * SIDE, ((event.clientY - box.top) / box.height) * SIDE];
  }

  private stroke(to: Point): void {
    const { context } = this;
    context.strokeStyle = this.ink;
    context.lineCap = context.lineJoin = "round";
    context.lineWidth = Number(this.brush.value);
    context.beginPath();
    context.moveTo(...(this.last ?? to));
    context.lineTo(to[0] + 0.01, to[1]);
    context.stroke();
    this.last = to;
  }

  private remember(): void {
    this.history.push(this.context.getImageData(0, 0, SIDE, SIDE));
  }

  private undo(): void {
    const before = this.history.pop();
    if (!before) return;
    this.context.putImageData(before, 0, 0);
    this.report();
  }

  private clear(): void {
    this.remember();
    this.clearSheet();
    this.report();
  }

  private report(): void {
    this.undoButton.disabled = !this.history.length;
    this.renderer.setStateValue("png", this.canvas.toDataURL("image/png"));
    void this.reconstruct();
  }

  /** The drawing, encoded and decoded; only the newest one is shown. */
  private async reconstruct(): Promise<void> {
    if (!this.encoder || this.encoder.failed) return;
    const mean = await this.encoder.newest(this.pixels());
    const decoded = mean && (await this.decoder.newest(mean));
    if (!decoded) return;
    const context = this.result.getContext("2d")!;
    const image = context.createImageData(this.result.width, this.result.height);
    paint(decoded.x, 0, this.renderer.data.model, image.data);
    context.putImageData(image, 0, 0);
  }

  /** (C, H, W) in [0, 1]: the encoder's input. */
  private pixels(): Float32Array {
    const { fill, model } = this.renderer.data;
    const [channels, height, width] = model.shape;
    const context = this.small.getContext("2d", { willReadFrequently: true })!;
    context.imageSmoothingQuality = "high";
    const box = fill ? boundsOf(this.context.getImageData(0, 0, SIDE, SIDE), this.paper === "#fff") : null;
    if (box) this.centre(context, box, fill);
    else context.drawImage(this.canvas, 0, 0, width, height);
    const { data } = context.getImageData(0, 0, width, height);
    const x = new Float32Array(channels * height * width);
    for (let c = 0; c < channels; c++) {
      for (let i = 0; i < height * width; i++) x[c * height * width + i] = data[4 * i + Math.min(c, 3)] / 255;
    }
    return x;
  }

  /** As Python does: what is drawn, its longer side `fill` of the picture's, its centre of mass in the middle. */
  private centre(context: CanvasRenderingContext2D, [left, top, wide, high]: Box, fill: number): void {
    const { width, height } = this.small;
    const scale = Math.min((fill * width) / wide, (fill * height) / high);
    const [w, t] = [wide, high].map((n) => Math.max(1, Math.round(n * scale)));
    const put = (x: number, y: number) => {
      context.fillStyle = this.paper;
      context.fillRect(0, 0, width, height);
      context.drawImage(this.canvas, left, top, wide, high, x, y, w, t);
    };
    const [x, y] = [Math.round((width - w) / 2), Math.round((height - t) / 2)];
    put(x, y);
    const [across, down] = centreOfMass(context.getImageData(0, 0, width, height));
    put(x + Math.floor(width / 2) - Math.floor(across), y + Math.floor(height / 2) - Math.floor(down));
  }
}

const drawing = (spec: string, label: string, width: number, height: number) =>
  h<HTMLCanvasElement>(`canvas.drawing${spec}`, { width, height, role: "img", "aria-label": label });
