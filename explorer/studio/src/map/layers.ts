/** The layers under the points, drawn while nothing moves: decoded pictures on a grid, and lines of equal density. */

import { contourDensity } from "d3-contour";
import type { ModelInfo } from "../contract";
import { fit, pen } from "../dom/canvas";
import type { Theme } from "../dom/theme";
import type { Decoder } from "../net/decoder";
import { sheet } from "../picture/pixels";
import type { Camera } from "./gl/camera";

const CELL = 44; // pixels of a decoded picture
const MOST = 60_000; // points that the density is computed from

export interface LayersHost {
  camera: Camera;
  model: ModelInfo;
  decoder: Decoder;
  xy(): Float32Array; // places of the points
  toZ(x: number, y: number): Float32Array;
  theme(): Theme;
}

export class Layers {
  grid = false;
  density = false;
  private layersCamera: Camera | null = null; // that the layers were drawn for
  private stop: AbortController | null = null;

  constructor(
    readonly canvas: HTMLCanvasElement,
    private host: LayersHost,
  ) {}

  get on(): boolean {
    return this.grid || this.density;
  }

  /** While the camera moves: the last drawing moves with it, until there is a new one. */
  follow(): void {
    if (this.layersCamera && this.on) this.canvas.style.transform = this.host.camera.since(this.layersCamera);
  }

  async draw(): Promise<void> {
    this.stop?.abort();
    this.stop = new AbortController();
    const { signal } = this.stop;
    const camera = this.host.camera.copy();
    const pictures = this.grid ? await this.decodeGrid(camera, signal) : null;
    if (signal.aborted || (this.grid && !pictures)) return;
    fit(this.canvas, camera.width, camera.height);
    this.canvas.style.transform = "";
    const context = pen(this.canvas);
    context.clearRect(0, 0, camera.width, camera.height);
    if (pictures) this.drawGrid(context, camera, pictures);
    if (this.density) this.drawDensity(context, camera);
    this.layersCamera = camera;
  }

  destroy(): void {
    this.stop?.abort();
  }

  private async decodeGrid(camera: Camera, signal: AbortSignal): Promise<HTMLCanvasElement | null> {
    const { columns, rows } = cells(camera);
    const { decoder, model } = this.host;
    const { latent } = model;
    const z = new Float32Array(columns * rows * latent);
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < columns; c++) {
        z.set(this.host.toZ(...camera.toWorld((c + 0.5) * CELL, (r + 0.5) * CELL)), (r * columns + c) * latent);
      }
    }
    const x = await decoder.idle(z, signal);
    return x && sheet(x, columns * rows, model);
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
    const xy = this.host.xy();
    const step = Math.max(1, Math.ceil(xy.length / 2 / MOST));
    const points: [number, number][] = [];
    for (let i = 0; i < xy.length / 2; i += step) points.push(camera.toScreen(xy[2 * i], xy[2 * i + 1]));
    const lines = contourDensity<[number, number]>()
      .x((p) => p[0])
      .y((p) => p[1])
      .size([camera.width, camera.height])
      .bandwidth(14)
      .thresholds(10)(points);
    context.strokeStyle = this.host.theme().text;
    lines.forEach((line, k) => {
      context.globalAlpha = 0.25 + (0.45 * k) / lines.length;
      context.beginPath();
      for (const polygon of line.coordinates) {
        for (const [first, ...others] of polygon) {
          context.moveTo(first[0], first[1]);
          for (const [x, y] of others) context.lineTo(x, y);
        }
      }
      context.stroke();
    });
    context.globalAlpha = 1;
  }
}

const cells = (camera: Camera) => ({ columns: Math.ceil(camera.width / CELL), rows: Math.ceil(camera.height / CELL) });
