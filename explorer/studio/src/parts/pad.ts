/** A square to draw on. While it is drawn on, the browser encodes and decodes it; Python gets the drawing at rest. */

import { h, showIcons, tool } from "../dom/elements";
import { readTheme } from "../dom/theme";
import { openDecoder, openEncoder } from "../net/open";
import { paint } from "../picture/pixels";
import type { PadData, Part, Renderer } from "../types";

const SIDE = 320; // pixels of the drawing
const STEPS = 40; // drawings that undo remembers

export function pad(first: Renderer<PadData>): Part<PadData> {
  let renderer = first;
  const skeleton = first.parentElement.querySelector<HTMLElement>(".studio.skeleton");
  const inner = new Pad(first.data, (png) => renderer.setStateValue("png", png));
  skeleton?.setAttribute("hidden", "");
  (skeleton?.parentElement ?? first.parentElement).append(inner.root);
  const theme = () => inner.root.classList.toggle("dark", readTheme(inner.root).dark);
  theme();
  return {
    update(next) {
      renderer = next;
      inner.update(next.data);
      theme();
    },
    destroy() {
      inner.destroy();
      skeleton?.removeAttribute("hidden");
    },
  };
}

class Pad {
  readonly root: HTMLElement;
  private canvas = h<HTMLCanvasElement>("canvas.drawing", {
    width: SIDE,
    height: SIDE,
    role: "img",
    "aria-label": "Drawing",
  });
  private context = this.canvas.getContext("2d", { willReadFrequently: true })!;
  private small: HTMLCanvasElement; // the drawing as the encoder sees it
  private result: HTMLCanvasElement;
  private brush = h<HTMLInputElement>("input", {
    type: "range",
    min: "6",
    max: "48",
    value: "24",
    "aria-label": "Brush",
    title: "Brush",
  });
  private undoButton = tool("undo", "Undo a stroke", () => this.undo());
  private past: ImageData[] = [];
  private encoder;
  private decoder;
  private ink: string;
  private paper: string;

  constructor(
    private data: PadData,
    private emit: (png: string) => void,
  ) {
    const { model, bundle } = data;
    const [channels, height, width] = model.shape;
    [this.ink, this.paper] = channels === 1 ? ["#fff", "#000"] : ["#222", "#fff"]; // grey sets are light on dark
    this.small = h<HTMLCanvasElement>("canvas", { width, height });
    this.result = h<HTMLCanvasElement>("canvas.drawing.result", {
      width,
      height,
      role: "img",
      "aria-label": "Its reconstruction",
    });
    this.encoder = model.encoder ? openEncoder(model, bundle) : null;
    this.decoder = openDecoder(model, bundle);
    const live = h(
      "figure",
      {},
      this.result,
      h("figcaption", {}, h("span.symbol.xhat", {}, "x̂"), " as the model gives it back"),
    );
    live.hidden = !this.encoder;
    this.root = h(
      "div.studio.root",
      {},
      h(
        "div.pads",
        {},
        h(
          "figure",
          {},
          this.canvas,
          h(
            "figcaption",
            {},
            this.brush,
            this.undoButton,
            tool("delete", "Clear", () => this.clear()),
          ),
        ),
        live,
      ),
    );
    void this.encoder?.ready.then((works) => {
      live.hidden = !works;
      if (works) void this.reconstruct();
    });
    showIcons(this.root);
    this.fill();
    this.draws();
  }

  update(data: PadData): void {
    if (data.fill === this.data.fill) return;
    this.data = data;
    void this.reconstruct();
  }

  destroy(): void {
    this.encoder?.close();
    this.root.remove();
  }

  private fill(): void {
    this.context.fillStyle = this.paper;
    this.context.fillRect(0, 0, SIDE, SIDE);
    this.undoButton.disabled = !this.past.length;
  }

  private draws(): void {
    const { canvas, context } = this;
    let last: [number, number] | null = null;
    const at = (event: PointerEvent): [number, number] => {
      const box = canvas.getBoundingClientRect();
      return [((event.clientX - box.left) / box.width) * SIDE, ((event.clientY - box.top) / box.height) * SIDE];
    };
    const stroke = (to: [number, number]) => {
      const from = last ?? to;
      context.strokeStyle = this.ink;
      context.lineCap = context.lineJoin = "round";
      context.lineWidth = Number(this.brush.value);
      context.beginPath();
      context.moveTo(...from);
      context.lineTo(to[0] + 0.01, to[1]);
      context.stroke();
      last = to;
    };
    canvas.onpointerdown = (event) => {
      if (event.button !== 0) return;
      canvas.setPointerCapture(event.pointerId);
      this.past.push(context.getImageData(0, 0, SIDE, SIDE));
      if (this.past.length > STEPS) this.past.shift();
      stroke(at(event));
      void this.reconstruct();
    };
    canvas.onpointermove = (event) => {
      if (!last) return;
      for (const each of event.getCoalescedEvents?.() ?? [event]) stroke(at(each));
      void this.reconstruct();
    };
    canvas.onpointerup = canvas.onpointercancel = () => {
      if (!last) return;
      last = null;
      this.changed();
    };
  }

  private undo(): void {
    const before = this.past.pop();
    if (!before) return;
    this.context.putImageData(before, 0, 0);
    this.changed();
  }

  private clear(): void {
    this.past.push(this.context.getImageData(0, 0, SIDE, SIDE));
    this.fill();
    this.changed();
  }

  private changed(): void {
    this.undoButton.disabled = !this.past.length;
    this.emit(this.canvas.toDataURL("image/png"));
    void this.reconstruct();
  }

  /** The drawing, encoded and decoded; only the newest one is shown. */
  private async reconstruct(): Promise<void> {
    if (!this.encoder || this.encoder.failed) return;
    const { model } = this.data;
    const mean = await this.encoder.hand(this.pixels());
    const decoded = mean && (await this.decoder.hand(mean));
    if (!decoded) return;
    const context = this.result.getContext("2d")!;
    const image = context.createImageData(this.result.width, this.result.height);
    paint(decoded.x, 0, model, image.data);
    context.putImageData(image, 0, 0);
  }

  /** (C, H, W) in [0, 1]: what the encoder is given. */
  private pixels(): Float32Array {
    const [channels, height, width] = this.data.model.shape;
    const context = this.small.getContext("2d", { willReadFrequently: true })!;
    context.imageSmoothingQuality = "high";
    const box = this.data.fill ? bounds(this.context.getImageData(0, 0, SIDE, SIDE), this.paper === "#fff") : null;
    if (box) this.arrange(context, box);
    else context.drawImage(this.canvas, 0, 0, width, height);
    const { data } = context.getImageData(0, 0, width, height);
    const x = new Float32Array(channels * height * width);
    for (let c = 0; c < channels; c++) {
      for (let i = 0; i < height * width; i++) x[c * height * width + i] = data[4 * i + Math.min(c, 3)] / 255;
    }
    return x;
  }

  /** As `vae.pictures` does: what is drawn, its longer side `fill` of the picture's, its centre of mass in the middle. */
  private arrange(context: CanvasRenderingContext2D, [left, top, wide, high]: Box): void {
    const { width, height } = this.small;
    const scale = Math.min((this.data.fill * width) / wide, (this.data.fill * height) / high);
    const [w, t] = [wide, high].map((n) => Math.max(1, Math.round(n * scale)));
    const put = (x: number, y: number) => {
      context.fillStyle = this.paper;
      context.fillRect(0, 0, width, height);
      context.drawImage(this.canvas, left, top, wide, high, x, y, w, t);
    };
    const [x, y] = [Math.round((width - w) / 2), Math.round((height - t) / 2)];
    put(x, y);
    const [across, down] = mass(context.getImageData(0, 0, width, height));
    put(x + Math.floor(width / 2) - Math.floor(across), y + Math.floor(height / 2) - Math.floor(down));
  }
}

type Box = [left: number, top: number, width: number, height: number];

/** The box around what is drawn; null on an empty sheet. */
function bounds({ data, width, height }: ImageData, light: boolean): Box | null {
  let [left, top, right, bottom] = [width, height, -1, -1];
  for (let i = 0; i < width * height; i++) {
    const level = data[4 * i + 1];
    if ((light ? 255 - level : level) < 26) continue;
    const [x, y] = [i % width, Math.floor(i / width)];
    [left, right, top, bottom] = [Math.min(left, x), Math.max(right, x), Math.min(top, y), Math.max(bottom, y)];
  }
  return right < 0 ? null : [left, top, right - left + 1, bottom - top + 1];
}

/** The centre of mass of light on dark, from the left and from above, in pixels. */
function mass({ data, width, height }: ImageData): [number, number] {
  let [sum, across, down] = [0, 0, 0];
  for (let i = 0; i < width * height; i++) {
    const level = data[4 * i];
    sum += level;
    across += level * ((i % width) + 0.5);
    down += level * (Math.floor(i / width) + 0.5);
  }
  return sum ? [across / sum, down / sum] : [width / 2, height / 2];
}
