/** Three dimensions at once: Python's Plotly figure, drawn once and then updated, so that the camera stays. */

import type { ScatterData } from "../contract";
import { h } from "../dom/elements";
import { readTheme } from "../dom/theme";
import type { Part, Renderer } from "../types";
import { attach } from "./boot";

interface Plotly {
  react(element: HTMLElement, data: unknown[], layout: Record<string, unknown>, config: object): Promise<unknown>;
  purge(element: HTMLElement): void;
}

interface PlotlyElement extends HTMLElement {
  on(name: string, listener: (event: { points: { customdata?: unknown }[] }) => void): void;
}

const SLIP = 4; // pixels that the pointer may move in a click; more turns the figure
const CONFIG = { displaylogo: false, responsive: true, scrollZoom: true, displayModeBar: false };
const FAILED = "The 3-D view could not be drawn: it needs WebGL, and Plotly from this server. Reload the page.";

let library: Promise<Plotly> | undefined;

export const scatter = (first: Renderer<ScatterData>): Part<ScatterData> => new Scatter(first);

class Scatter implements Part<ScatterData> {
  private field = h<PlotlyElement>("div.scatter", { role: "figure" });
  private root = h("div.studio.root", {}, this.field);
  private skeleton: ReturnType<typeof attach>;
  private figure = ""; // the figure on screen
  private destroyed = false;
  private hoverItem = -1;
  private press: { x: number; y: number; item: number } | null = null;
  private work = Promise.resolve(); // one drawing after the other

  constructor(private renderer: Renderer<ScatterData>) {
    this.skeleton = attach(renderer.parentElement, this.root);
    this.skeleton.hide();
    this.field.addEventListener("pointerdown", this.down, true);
    window.addEventListener("pointerup", this.up, true);
    this.drawNext();
  }

  update(renderer: Renderer<ScatterData>): void {
    this.renderer = renderer;
    this.drawNext();
  }

  destroy(): void {
    this.destroyed = true;
    window.removeEventListener("pointerup", this.up, true);
    void library?.then((plotly) => plotly.purge(this.field));
    this.root.remove();
    this.skeleton.show();
  }

  private drawNext(): void {
    this.work = this.work.then(() => this.draw());
  }

  private async draw(): Promise<void> {
    const { figure, alt, plotly: address } = this.renderer.data;
    if (this.destroyed || figure === this.figure) return;
    this.field.setAttribute("aria-label", alt);
    try {
      library ??= load(address);
      const plotly = await library;
      if (this.destroyed) return;
      const { data, layout } = JSON.parse(figure);
      layout.font.family = readTheme(this.root).sans;
      await plotly.react(this.field, data, layout, CONFIG);
      if (!this.figure) this.followHover();
      this.figure = figure;
    } catch (error) {
      library = undefined;
      console.warn(error);
      this.field.replaceChildren(h("p.empty", {}, FAILED));
    }
  }

  private followHover(): void {
    this.field.on("plotly_hover", ({ points }) => {
      this.hoverItem = Number(points[0]?.customdata ?? -1);
    });
    this.field.on("plotly_unhover", () => {
      this.hoverItem = -1;
    });
  }

  // Plotly calls it a click as soon as a button is down over a point, and every turn begins like that.
  private down = (event: PointerEvent): void => {
    this.press = event.button === 0 ? { x: event.clientX, y: event.clientY, item: this.hoverItem } : null;
  };

  private up = (event: PointerEvent): void => {
    const { press } = this;
    this.press = null;
    if (!press || press.item < 0) return;
    if (Math.hypot(event.clientX - press.x, event.clientY - press.y) > SLIP) return;
    this.renderer.setTriggerValue("item", press.item);
  };
}

/** Plotly as its package brings it: a script that leaves one name behind. */
function load(address: string): Promise<Plotly> {
  return new Promise((resolve, reject) => {
    const script = h<HTMLScriptElement>("script", { src: new URL(address, document.baseURI).href });
    script.onload = () => resolve((window as unknown as { Plotly: Plotly }).Plotly);
    script.onerror = () => reject(new Error("Plotly did not load."));
    document.head.append(script);
  });
}
