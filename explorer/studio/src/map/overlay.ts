/**
 * What moves on the map, so that the points are never drawn again for it. Dot and ring are elements that only change
 * their transform (a move damages a few pixels); trail, marks and outlines are drawn on a canvas when they change.
 */

import { fit, pen } from "../dom/canvas";
import { h } from "../dom/elements";
import type { Theme } from "../dom/theme";
import type { Camera } from "./gl/camera";

type At = [number, number]; // world

export interface OverlayState {
  trail: At[];
  marks: { at: At; label: string; kind: string }[];
  outline: [number, number][]; // a selection being drawn, in pixels
  line: At[]; // a path
}

export class Overlay {
  readonly state: OverlayState = { trail: [], marks: [], outline: [], line: [] };
  readonly canvas = h<HTMLCanvasElement>("canvas.over", { "aria-hidden": "true" });
  readonly dot = h("span.dot", { hidden: true });
  readonly ring = h("span.ring", { hidden: true });
  readonly twin = h("span.ring.twin", { hidden: true }); // what another map's pointer is over
  dotAt: At | null = null;
  ringAt: At | null = null;
  twinAt: At | null = null;
  private frame = 0;

  constructor(
    private camera: Camera,
    private theme: () => Theme,
  ) {}

  /** Move the dot: at once while it is dragged, gliding (in the style sheet) when it was committed elsewhere. */
  setDot(at: At | null, glide: boolean): void {
    this.dotAt = at;
    this.dot.classList.toggle("glides", glide);
    this.put(this.dot, at);
  }

  setRing(at: At | null): void {
    this.ringAt = at;
    this.put(this.ring, at);
  }

  setTwin(at: At | null): void {
    this.twinAt = at;
    this.put(this.twin, at);
  }

  /** The camera has moved: everything is elsewhere. */
  moved(): void {
    this.setDot(this.dotAt, false);
    this.setRing(this.ringAt);
    this.setTwin(this.twinAt);
    this.drawSoon();
  }

  drawSoon(): void {
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      this.draw();
    });
  }

  destroy(): void {
    cancelAnimationFrame(this.frame);
  }

  private put(element: HTMLElement, at: At | null): void {
    if (element.hidden !== (at === null)) element.hidden = at === null;
    if (!at) return;
    const [x, y] = this.camera.toScreen(at[0], at[1]);
    element.style.transform = `translate(${x.toFixed(1)}px, ${y.toFixed(1)}px)`;
  }

  private draw(): void {
    const { camera, state, canvas } = this;
    fit(canvas, camera.width, camera.height);
    const context = pen(canvas);
    context.clearRect(0, 0, camera.width, camera.height);
    const theme = this.theme();
    const to = (at: At) => camera.toScreen(at[0], at[1]);
    const trail = state.trail.map(to);
    this.path(context, trail, theme.text, 0.35, 1);
    for (const [k, at] of trail.entries()) this.disc(context, at, 2, theme.text, 0.15 + (0.4 * k) / trail.length);
    this.path(context, state.line.map(to), theme.paper, 0.8, 5);
    this.path(context, state.line.map(to), theme.accent, 1, 2);
    for (const mark of state.marks) this.mark(context, to(mark.at), mark.label, theme);
    if (state.outline.length > 1) this.lasso(context, state.outline, theme);
  }

  private path(c: CanvasRenderingContext2D, points: At[], colour: string, alpha: number, width: number): void {
    if (points.length < 2) return;
    c.globalAlpha = alpha;
    c.strokeStyle = colour;
    c.lineWidth = width;
    c.lineJoin = "round";
    c.beginPath();
    for (const [x, y] of points) c.lineTo(x, y);
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
    for (const [x, y] of outline) c.lineTo(x, y);
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
