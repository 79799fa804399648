/** Where the hand has been: a strip of small pictures to return to, with undo and redo. */

import { h, tool } from "../dom/elements";
import type { Hand } from "../state/cursor";
import type { ModelInfo } from "../types";
import type { Picture } from "./picture";
import { paint } from "./pixels";

const KEEP = 60;

interface Step {
  z: Float32Array;
  button: HTMLButtonElement;
  canvas: HTMLCanvasElement;
}

export class Filmstrip {
  readonly element: HTMLElement;
  private steps: Step[] = [];
  private now = -1;
  private list = h("div.steps", { role: "group", "aria-label": "Where you have been" });
  private undoButton = tool("undo", "Back (Ctrl+Z)", () => this.undo());
  private redoButton = tool("redo", "Forward (Ctrl+Shift+Z)", () => this.redo());
  private waiting: Step | null = null; // its picture is still being decoded

  constructor(
    private model: ModelInfo,
    private hand: Hand,
    private picture: Picture,
  ) {
    this.element = h("div.filmstrip", {}, this.undoButton, this.redoButton, this.list);
    hand.onRest((remember) => remember && this.add());
    picture.onDraw(() => this.fill());
    this.enable();
  }

  /** The first picture is on screen. */
  begin(): void {
    if (!this.steps.length) this.add();
  }

  undo(): void {
    this.go(this.now - 1);
  }

  redo(): void {
    this.go(this.now + 1);
  }

  /** Every z of the strip, the first one first. */
  visited(): Float32Array[] {
    return this.steps.map((step) => step.z);
  }

  /** And their pictures, at their own size. */
  pictures(): HTMLCanvasElement[] {
    return this.steps.filter((step) => step !== this.waiting).map((step) => step.canvas);
  }

  private add(): void {
    const z = this.hand.committed;
    const current = this.steps[this.now];
    if (current && same(current.z, z)) return;
    for (const step of this.steps.splice(this.now + 1)) step.button.remove();
    const [, height, width] = this.model.shape;
    const canvas = h<HTMLCanvasElement>("canvas", { width, height, "aria-hidden": "true" });
    const step: Step = { z, canvas, button: h<HTMLButtonElement>("button.step", { type: "button" }, canvas) };
    step.button.onclick = () => this.go(this.steps.indexOf(step));
    this.steps.push(step);
    this.list.append(step.button);
    if (this.steps.length > KEEP) this.steps.shift()!.button.remove();
    this.now = this.steps.length - 1;
    this.waiting = step;
    this.fill();
    this.enable();
    this.list.scrollLeft = this.list.scrollWidth;
  }

  private go(k: number): void {
    const step = this.steps[k];
    if (!step) return;
    this.now = k;
    this.hand.commit(step.z, "other", null, false);
    this.enable();
  }

  /** Take the picture that has just been drawn, if it is the one that a step waits for. */
  private fill(): void {
    const { waiting } = this;
    if (!waiting || !this.picture.shown || this.picture.shownZ !== this.hand.live || !same(this.hand.live, waiting.z))
      return;
    const context = waiting.canvas.getContext("2d")!;
    const image = context.createImageData(waiting.canvas.width, waiting.canvas.height);
    paint(this.picture.shown, 0, this.model, image.data);
    context.putImageData(image, 0, 0);
    this.waiting = null;
  }

  private enable(): void {
    this.undoButton.disabled = this.now <= 0;
    this.redoButton.disabled = this.now >= this.steps.length - 1;
    this.steps.forEach(({ button }, k) => {
      button.setAttribute("aria-label", `Return to point ${k + 1} of ${this.steps.length}`);
      button.setAttribute("aria-current", String(k === this.now));
    });
  }
}

const same = (a: Float32Array, b: Float32Array) => a.every((v, i) => v === b[i]);
