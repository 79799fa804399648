/** What moves on the map, on a canvas of its own so that the points are never drawn again for it: dot, trail, cursor, marks. */

import type { Camera } from "./camera";
import { calm, type Theme } from "./theme";
import { fit, pen } from "./dom";

type At = [number, number]; // world

export interface OverlayState {
  dot: At | null;
  trail: At[];
  cursor: At | null;
  marks: { at: At; label: string; kind: string }[];
  outline: [number, number][]; // a selection being drawn, in pixels
  line: At[]; // a path
}

const GLIDE = 150; // ms

export class Overlay {
  readonly state: OverlayState = { dot: null, trail: [], cursor: null, marks: [], outline: [], line: [] };
  private shown: At | null = null; // where the dot is drawn
  private glide: { from: At; start: number } | null = null;
  private asked = 0;

  constructor(readonly canvas: HTMLCanvasElement, private camera: Camera, private theme: () => Theme) {}

  /** Move the dot: at once while it is dragged, gliding when it was committed elsewhere. */
  setDot(at: At | null, glide: boolean): void {
    const from = this.shown;
    this.state.dot = at;
    this.glide = glide && from && at && !calm() ? { from, start: performance.now() } : null;
    if (!this.glide) this.shown = at;
    this.soon();
  }

  soon(): void {
    this.asked ||= requestAnimationFrame(() => {
      this.asked = 0;
      this.draw();
    });
  }

  destroy(): void {
    cancelAnimationFrame(this.asked);
  }

  private step(): void {
    const { glide, state } = this;
    if (!glide || !state.dot) return;
    const t = Math.min(1, (performance.now() - glide.start) / GLIDE);
    const ease = 1 - (1 - t) ** 3;
    this.shown = [glide.from[0] + (state.dot[0] - glide.from[0]) * ease, glide.from[1] + (state.dot[1] - glide.from[1]) * ease];
    if (t < 1) this.soon();
    else this.glide = null;
  }

  private draw(): void {
    this.step();
    const { camera, state, canvas } = this;
    fit(canvas, camera.width, camera.height);
    const context = pen(canvas);
    context.clearRect(0, 0, camera.width, camera.height);
    const theme = this.theme();
    const to = (at: At) => camera.toScreen(at[0], at[1]);
    this.path(context, state.trail.map(to), theme.text, 0.35, 1);
    state.trail.slice(0, -1).forEach((at, k) => this.disc(context, to(at), 2, theme.text, 0.15 + (0.4 * k) / state.trail.length));
    this.path(context, state.line.map(to), theme.accent, 1, 2);
    for (const mark of state.marks) this.mark(context, to(mark.at), mark.label, theme);
    if (this.shown) this.dot(context, to(this.shown), theme);
    if (state.cursor) this.ring(context, to(state.cursor), theme);
    if (state.outline.length > 1) this.lasso(context, state.outline, theme);
  }

  private path(c: CanvasRenderingContext2D, points: At[], colour: string, alpha: number, width: number): void {
    if (points.length < 2) return;
    c.globalAlpha = alpha;
    c.strokeStyle = colour;
    c.lineWidth = width;
    c.lineJoin = "round";
    c.beginPath();
    points.forEach(([x, y]) => c.lineTo(x, y));
    c.stroke();
    c.globalAlpha = 1;
  }

  private disc(c: CanvasRenderingContext2D, [x, y]: At, r: number, colour: string, alpha: number): void {
    c.globalAlpha = alpha;
    c.fillStyle = colour;
    c.beginPath();
    c.arc(x, y, r, 0, 2 * Math.PI);
    c.fill();
    c.globalAlpha = 1;
  }

  /** The committed z: the accent in a ring of paper and a ring of ink, so that it stands out on any point. */
  private dot(c: CanvasRenderingContext2D, at: At, theme: Theme): void {
    this.disc(c, at, 9, theme.text, 1);
    this.disc(c, at, 7.5, theme.paper, 1);
    this.disc(c, at, 5.5, theme.accent, 1);
  }

  private ring(c: CanvasRenderingContext2D, [x, y]: At, theme: Theme): void {
    for (const [colour, width] of [[theme.paper, 4], [theme.text, 1.5]] as const) {
      c.strokeStyle = colour;
      c.lineWidth = width;
      c.beginPath();
      c.arc(x, y, 10, 0, 2 * Math.PI);
      c.stroke();
    }
  }

  private mark(c: CanvasRenderingContext2D, [x, y]: At, label: string, theme: Theme): void {
    c.save();
    c.translate(x, y);
    c.rotate(Math.PI / 4);
    c.fillStyle = theme.paper;
    c.strokeStyle = theme.text;
    c.lineWidth = 1.5;
    c.fillRect(-6, -6, 12, 12);
    c.strokeRect(-6, -6, 12, 12);
    c.restore();
    if (!label) return;
    c.font = `600 12px ${theme.sans}`;
    c.lineWidth = 4;
    c.strokeStyle = theme.paper;
    c.fillStyle = theme.text;
    c.strokeText(label, x + 12, y + 4);
    c.fillText(label, x + 12, y + 4);
  }

  private lasso(c: CanvasRenderingContext2D, outline: At[], theme: Theme): void {
    c.beginPath();
    outline.forEach(([x, y]) => c.lineTo(x, y));
    c.closePath();
    c.globalAlpha = 0.12;
    c.fillStyle = theme.accent;
    c.fill();
    c.globalAlpha = 1;
    c.strokeStyle = theme.accent;
    c.lineWidth = 1.5;
    c.setLineDash([5, 4]);
    c.stroke();
    c.setLineDash([]);
  }
}
