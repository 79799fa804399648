/** The latency of a drag, for those who ask: from the event to the drawn picture, and pictures a second. */

import { h, toggle } from "../dom/elements";
import { telemetry } from "../dom/telemetry";

const EVERY = 500; // ms
const RECENT = 60; // pictures
const TITLE = "From the event to the picture (95 % are faster), pictures a second, and where they are decoded";

export class Latency {
  readonly element: HTMLElement;
  private text = h("output.number.faint", { hidden: true, title: TITLE });
  private timer: ReturnType<typeof setInterval> | undefined;
  private frames = 0; // at the last update

  constructor() {
    const button = toggle("speed", "Show how fast the picture follows", false, (on) => this.show(on));
    this.element = h("span.readout", {}, this.text, button);
  }

  destroy(): void {
    clearInterval(this.timer);
  }

  private show(on: boolean): void {
    clearInterval(this.timer);
    this.text.hidden = !on;
    this.frames = telemetry.frames;
    if (on) this.timer = setInterval(() => this.update(), EVERY);
  }

  private update(): void {
    const recent = telemetry.lastEventToPixelMs.slice(-RECENT).sort((a, b) => a - b);
    const p95 = recent[Math.floor(0.95 * recent.length)] ?? 0;
    const rate = (1000 * (telemetry.frames - this.frames)) / EVERY;
    this.frames = telemetry.frames;
    this.text.textContent = `${p95.toFixed(1)} ms · ${String(Math.round(rate)).padStart(2)}/s · ${telemetry.where}`;
  }
}
