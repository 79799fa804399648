/** How long the hand waits, for those who ask: from the event to the drawn picture, and pictures a second. */

import { h, toggle } from "../dom/elements";
import { bench } from "../dom/telemetry";

const EVERY = 500; // ms

export class Readout {
  readonly element: HTMLElement;
  private text = h("output.number.faint", {
    hidden: true,
    title: "From the event to the picture (95 % are faster), pictures a second, and where they are decoded",
  });
  private timer: ReturnType<typeof setInterval> | undefined;
  private last = 0;

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
    this.last = bench.frames;
    if (on) this.timer = setInterval(() => this.tick(), EVERY);
  }

  private tick(): void {
    const recent = bench.lastEventToPixelMs.slice(-60).sort((a, b) => a - b);
    const p95 = recent[Math.floor(0.95 * recent.length)] ?? 0;
    const rate = (1000 * (bench.frames - this.last)) / EVERY;
    this.last = bench.frames;
    this.text.textContent = `${p95.toFixed(1)} ms · ${String(Math.round(rate)).padStart(2)}/s · ${bench.where}`;
  }
}
