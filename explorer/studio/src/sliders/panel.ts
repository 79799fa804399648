/** The sliders with what moves them all: random from the prior, reset, snap to an item, an animated walk. */

import type { ModelInfo } from "../contract";
import { h, icon, tool } from "../dom/elements";
import type { Theme } from "../dom/theme";
import type { Decoder } from "../net/decoder";
import { type Latents, samplePrior } from "../net/latents";
import { freshSeed, normal } from "../state/random";
import { Walk } from "../state/walk";
import { Sliders } from "./list";
import type { SliderHost } from "./slider";
import { rangeOf } from "./track";

export interface SliderPanelHost extends SliderHost {
  keepLocks(z: Float32Array): Float32Array; // locked dimensions stay
  snap(): void;
}

const TITLES = {
  temperature: "How far from the origin random points are drawn: times the prior's sigma",
  seed: "The random numbers that the next draw uses; empty: fresh ones",
  walk: "What the walk does",
};

export class SliderPanel {
  readonly element: HTMLElement;
  readonly sliders: Sliders;
  readonly walk: Walk;
  private temperature = numberField("temperature", TITLES.temperature, "1.0", { min: 0, max: 3, step: 0.1 });
  private seed = numberField("seed", TITLES.seed, "", { min: 0, max: 99999, step: 1 });
  private speed = numberField("speed", "Of the walk", "1.0", { min: 0.1, max: 5, step: 0.1 });
  private way = h<HTMLSelectElement>(
    "select",
    { title: TITLES.walk, "aria-label": TITLES.walk },
    new Option("through the prior", "prior"),
    new Option("along the chosen dimension", "dimension"),
    new Option("backwards along it", "back"),
  );
  private play = tool("play_arrow", "Play: walk through the latent space", () => this.toggleWalk());

  constructor(
    private model: ModelInfo,
    private latents: Latents | null,
    decoder: Decoder,
    private host: SliderPanelHost,
    theme: Theme,
  ) {
    this.sliders = new Sliders(model, latents, decoder, host, theme);
    this.walk = new Walk(host.cursor, (running) => this.showRunning(running));
    this.element = h("section.panel.z", { "aria-label": "Sliders" }, this.header(), this.sliders.element);
  }

  random(): void {
    const seed = this.seed.value() ?? freshSeed();
    const draw = normal(seed);
    this.seed.hint(String(seed));
    this.walk.stop();
    this.host.cursor.commit(this.draw(draw), "other");
  }

  reset(): void {
    this.walk.stop();
    this.host.cursor.commit(this.host.keepLocks(new Float32Array(this.model.latent)), "other");
  }

  toggleWalk(): void {
    if (this.walk.running) return this.walk.stop();
    const dim = this.sliders.current;
    const speed = this.speed.value() ?? 1;
    if (this.way.value === "prior") this.walk.prior((draw) => this.draw(draw), speed);
    else this.walk.along(dim, this.way.value === "back" ? -speed : speed, rangeOf(this.latents, dim));
  }

  destroy(): void {
    this.walk.stop();
    this.sliders.destroy();
  }

  /** A random z, what is locked kept. */
  private draw(normal: () => number): Float32Array {
    return this.host.keepLocks(samplePrior(this.model, this.latents, this.temperature.value() ?? 1, normal));
  }

  private showRunning(running: boolean): void {
    this.play.replaceChildren(icon(running ? "pause" : "play_arrow"));
    this.play.setAttribute("aria-pressed", String(running));
  }

  private header(): HTMLElement {
    const { latent } = this.model;
    const symbol = h("span.symbol", {}, "z");
    const title = `${latent} latent dimensions, those that carry most first`;
    return h(
      "header",
      {},
      h("span.title", { title }, symbol, h("span.faint", {}, ` ${latent} latents`)),
      h("span.stretch"),
      tool("casino", "Random z from the prior (R)", () => this.random()),
      tool("target", "Snap to the nearest item (S)", () => this.host.snap()),
      tool("restart_alt", "Reset all that are not locked to 0 (Home)", () => this.reset()),
      this.play,
      this.settings(),
    );
  }

  private settings(): HTMLElement {
    const spoken = { title: "Temperature, seed, walk", "aria-label": "Settings of random and play" };
    const sheet = h(
      "div.sheet",
      {},
      this.temperature.element,
      this.seed.element,
      h("hr"),
      h("label.entry", {}, h("span", {}, "walk"), this.way),
      this.speed.element,
    );
    return h("details.menu", {}, h("summary.tool", spoken, icon("tune")), sheet);
  }
}

interface NumberField {
  element: HTMLElement;
  value(): number | null; // null: empty
  hint(text: string): void;
}

type Bounds = Record<"min" | "max" | "step", number>;

function numberField(label: string, title: string, start: string, { min, max, step }: Bounds): NumberField {
  const bounds = { min: String(min), max: String(max), step: String(step) };
  const input = h<HTMLInputElement>("input.number", { type: "number", ...bounds, value: start });
  return {
    element: h("label.entry", { title }, h("span", {}, label), input),
    value() {
      if (input.value === "" || !Number.isFinite(input.valueAsNumber)) return null;
      return Math.min(max, Math.max(min, input.valueAsNumber));
    },
    hint(text) {
      input.placeholder = text;
    },
  };
}
