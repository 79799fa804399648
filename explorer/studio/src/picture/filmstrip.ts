/** The points that were committed: a strip of small pictures to return to, with undo and redo. */

import { effect } from "@preact/signals-core";
import type { ModelInfo } from "../contract";
import { h, tool } from "../dom/elements";
import type { Cursor } from "../state/cursor";
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
  private current = -1;
  private list = h("div.steps", { role: "group", "aria-label": "Where you have been" });
  private undoButton = tool("undo", "Back (Ctrl+Z)", () => this.undo());
  private redoButton = tool("redo", "Forward (Ctrl+Shift+Z)", () => this.redo());
  private empty: Step | null = null; // its picture is still being decoded
  private stopFilling: () => void;

  constructor(
    private model: ModelInfo,
    private cursor: Cursor,
    private picture: Picture,
  ) {
    this.element = h("div.filmstrip", {}, this.undoButton, this.redoButton, this.list);
    cursor.onCommit((remember) => {
      if (remember) this.add();
    });
    this.stopFilling = effect(() => {
      if (picture.frame.value) this.fill();
    });
    this.enable();
  }

  /** The first picture is on screen. */
  begin(): void {
    if (!this.steps.length) this.add();
  }

  undo(): void {
    this.go(this.current - 1);
  }

  redo(): void {
    this.go(this.current + 1);
  }

  /** Every z of the strip, the first one first. */
  points(): Float32Array[] {
    return this.steps.map((step) => step.z);
  }

  /** And their pictures, at their own size. */
  pictures(): HTMLCanvasElement[] {
    return this.steps.filter((step) => step !== this.empty).map((step) => step.canvas);
  }

  destroy(): void {
    this.stopFilling();
  }

  private add(): void {
    const z = this.cursor.committed;
    const current = this.steps[this.current];
    if (current && isSame(current.z, z)) return;
    for (const step of this.steps.splice(this.current + 1)) step.button.remove();
    const [, height, width] = this.model.shape;
    const canvas = h<HTMLCanvasElement>("canvas", { width, height, "aria-hidden": "true" });
    const step: Step = { z, canvas, button: h<HTMLButtonElement>("button.step", { type: "button" }, canvas) };
    step.button.onclick = () => this.go(this.steps.indexOf(step));
    this.steps.push(step);
    this.list.append(step.button);
    if (this.steps.length > KEEP) this.steps.shift()!.button.remove();
    this.current = this.steps.length - 1;
    this.empty = step;
    this.fill();
    this.enable();
    this.list.scrollLeft = this.list.scrollWidth;
  }

  private go(k: number): void {
    const step = this.steps[k];
    if (!step) return;
    this.current = k;
    this.cursor.commit(step.z, "other", null, false);
    this.enable();
  }

  /** Copy the picture on screen, if it is the one that a step lacks. */
  private fill(): void {
    const { empty } = this;
    const frame = this.picture.frame.peek();
    if (!empty || !frame || frame.z !== this.cursor.live || !isSame(frame.z, empty.z)) return;
    const { width, height } = empty.canvas;
    const context = empty.canvas.getContext("2d")!;
    const image = context.createImageData(width, height);
    paint(frame.x, 0, this.model, image.data);
    context.putImageData(image, 0, 0);
    this.empty = null;
  }

  private enable(): void {
    this.undoButton.disabled = this.current <= 0;
    this.redoButton.disabled = this.current >= this.steps.length - 1;
    this.steps.forEach(({ button }, k) => {
      button.setAttribute("aria-label", `Return to point ${k + 1} of ${this.steps.length}`);
      button.setAttribute("aria-current", String(k === this.current));
    });
  }
}

const isSame = (a: Float32Array, b: Float32Array) => a.every((v, i) => v === b[i]);
