/** The sliders with what moves them all: random from the prior, reset, snap to an item, an animated walk. */

import { h, icon, tool } from "../dom/elements";
import type { Theme } from "../dom/theme";
import type { Decoder } from "../net/decoder";
import { drawn, type Latents } from "../net/latents";
import { freshSeed, normal } from "../state/random";
import { Walk } from "../state/walk";
import type { ModelInfo } from "../types";
import { Sliders } from "./list";
import type { SliderHost } from "./slider";
import { range } from "./track";

export class ZPanel {
  readonly element: HTMLElement;
  readonly sliders: Sliders;
  readonly walk: Walk;
  private temperature = field(
    "temperature",
    "1.0",
    "How far from the origin random points are drawn: times the prior's sigma",
    0,
    3,
    0.1,
  );
  private seed = field("seed", "", "The random numbers that the next draw uses; empty: fresh ones", 0, 99999, 1);
  private speed = field("speed", "1.0", "Of the walk", 0.1, 5, 0.1);
  private way = h<HTMLSelectElement>(
    "select",
    { title: "What the walk does", "aria-label": "What the walk does" },
    new Option("through the prior", "prior"),
    new Option("along the chosen dimension", "dimension"),
    new Option("backwards along it", "back"),
  );

  constructor(
    private model: ModelInfo,
    private latents: Latents | null,
    decoder: Decoder,
    private host: SliderHost,
    private guard: (z: Float32Array) => Float32Array,
    snap: () => void,
    theme: Theme,
  ) {
    this.sliders = new Sliders(model, latents, decoder, host.hand, host, theme);
    const play = tool("play_arrow", "Play: walk through the latent space", () => this.toggleWalk());
    this.walk = new Walk(host.hand, (on) => {
      play.replaceChildren(icon(on ? "pause" : "play_arrow"));
      play.setAttribute("aria-pressed", String(on));
    });
    const more = h(
      "details.menu",
      {},
      h(
        "summary.tool",
        { title: "Temperature, seed, walk", "aria-label": "Settings of random and play" },
        icon("tune"),
      ),
      h(
        "div.sheet",
        {},
        this.temperature.element,
        this.seed.element,
        h("hr"),
        h("label.entry", {}, h("span", {}, "walk"), this.way),
        this.speed.element,
      ),
    );
    this.element = h(
      "section.panel.z",
      { "aria-label": "Sliders" },
      h(
        "header",
        {},
        h(
          "span.title",
          { title: `${model.latent} latent dimensions, those that carry most first` },
          h("span.symbol", {}, "z"),
          h("span.faint", {}, ` ${model.latent} latents`),
        ),
        h("span.stretch"),
        tool("casino", "Random z from the prior (R)", () => this.random()),
        tool("target", "Snap to the nearest item (S)", snap),
        tool("restart_alt", "Reset all that are not locked to 0 (Home)", () => this.reset()),
        play,
        more,
      ),
      this.sliders.element,
    );
  }

  random(): void {
    const seed = this.seed.value() ?? freshSeed();
    const draw = normal(seed);
    const t = this.temperature.value() ?? 1;
    this.seed.hint(String(seed));
    this.walk.stop();
    this.host.hand.commit(this.guard(drawn(this.model, this.latents, t, draw)), "other");
  }

  reset(): void {
    this.walk.stop();
    this.host.hand.commit(this.guard(new Float32Array(this.model.latent)), "other");
  }

  toggleWalk(): void {
    if (this.walk.running) return this.walk.stop();
    const dim = this.sliders.chosen;
    const speed = this.speed.value() ?? 1;
    if (this.way.value === "prior")
      this.walk.prior(
        (draw) => this.guard(drawn(this.model, this.latents, this.temperature.value() ?? 1, draw)),
        speed,
      );
    else this.walk.along(dim, this.way.value === "back" ? -speed : speed, range(this.latents, dim));
  }

  destroy(): void {
    this.walk.stop();
    this.sliders.destroy();
  }
}

function field(label: string, start: string, title: string, min: number, max: number, step: number) {
  const input = h<HTMLInputElement>("input.number", {
    type: "number",
    min: String(min),
    max: String(max),
    step: String(step),
    value: start,
  });
  return {
    element: h("label.entry", { title }, h("span", {}, label), input),
    value: () =>
      input.value === "" || !Number.isFinite(input.valueAsNumber)
        ? null
        : Math.min(max, Math.max(min, input.valueAsNumber)),
    hint: (text: string) => void (input.placeholder = text),
  };
}
