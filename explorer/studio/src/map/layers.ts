/** What lies under the points: pictures decoded on a grid of places, and lines of equal density. Made while the hand is still. */

import { contourDensity } from "d3-contour";
import { fit, pen } from "../dom/canvas";
import type { Theme } from "../dom/theme";
import type { Decoder } from "../net/decoder";
import { sheet } from "../picture/pixels";
import type { ModelInfo } from "../types";
import type { Camera } from "./gl/camera";

const CELL = 44; // pixels of a decoded picture
const MOST = 60_000; // points that the density is made from

export class Under {
  grid = false;
  density = false;
  private seen: Camera | null = null; // the view it was drawn for
  private stop: AbortController | null = null;

  constructor(
    readonly canvas: HTMLCanvasElement,
    private camera: Camera,
    private model: ModelInfo,
    private decoder: Decoder,
    private xy: () => Float32Array,
    private toZ: (x: number, y: number) => Float32Array,
    private theme: () => Theme,
  ) {}

  get on(): boolean {
    return this.grid || this.density;
  }

  /** While the view moves: what was drawn moves with it, until it is drawn anew. */
  follow(): void {
    if (this.seen && this.on) this.canvas.style.transform = this.camera.since(this.seen);
  }

  async draw(): Promise<void> {
    this.stop?.abort();
    const stop = (this.stop = new AbortController());
    const camera = this.camera.copy();
    const pictures = this.grid ? await this.decodeGrid(camera, stop.signal) : null;
    if (stop.signal.aborted || (this.grid && !pictures)) return;
    fit(this.canvas, camera.width, camera.height);
    this.canvas.style.transform = "";
    const context = pen(this.canvas);
    context.clearRect(0, 0, camera.width, camera.height);
    if (pictures) this.drawGrid(context, camera, pictures);
    if (this.density) this.drawDensity(context, camera);
    this.seen = camera;
  }

  destroy(): void {
    this.stop?.abort();
  }

  private async decodeGrid(camera: Camera, signal: AbortSignal): Promise<HTMLCanvasElement | null> {
    const { columns, rows } = cells(camera);
    const latent = this.model.latent;
    const z = new Float32Array(columns * rows * latent);
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < columns; c++) {
        z.set(this.toZ(...camera.toWorld((c + 0.5) * CELL, (r + 0.5) * CELL)), (r * columns + c) * latent);
      }
    }
    const x = await this.decoder.idle(z, signal);
    return x && sheet(x, columns * rows, this.model);
  }

  private drawGrid(context: CanvasRenderingContext2D, camera: Camera, pictures: HTMLCanvasElement): void {
    const { columns, rows } = cells(camera);
    const side = pictures.width / (columns * rows);
    for (let k = 0; k < columns * rows; k++) {
      const [c, r] = [k % columns, Math.floor(k / columns)];
      context.drawImage(pictures, k * side, 0, side, pictures.height, c * CELL, r * CELL, CELL - 1, CELL - 1);
    }
  }

  private drawDensity(context: CanvasRenderingContext2D, camera: Camera): void {
    const xy = this.xy();
    const step = Math.max(1, Math.ceil(xy.length / 2 / MOST));
    const points: [number, number][] = [];
    for (let i = 0; i < xy.length / 2; i += step) points.push(camera.toScreen(xy[2 * i], xy[2 * i + 1]));
    const lines = contourDensity<[number, number]>()
      .x((p) => p[0])
      .y((p) => p[1])
      .size([camera.width, camera.height])
      .bandwidth(14)
      .thresholds(10)(points);
    context.strokeStyle = this.theme().text;
    lines.forEach((line, k) => {
      context.globalAlpha = 0.25 + (0.45 * k) / lines.length;
      context.beginPath();
      for (const polygon of line.coordinates) {
        for (const ring of polygon) ring.forEach(([x, y], i) => (i ? context.lineTo(x, y) : context.moveTo(x, y)));
      }
      context.stroke();
    });
    context.globalAlpha = 1;
  }
}

const cells = (camera: Camera) => ({ columns: Math.ceil(camera.width / CELL), rows: Math.ceil(camera.height / CELL) });
