/** What a studio shows when it opens: what was asked for, where that exists; otherwise what this model shows best. */

import type { Latents } from "./latents";
import { isMade } from "./made";
import { freshSeed } from "./random";
import type { ModelInfo, View } from "./types";

export function startView(view: Partial<View>, model: ModelInfo, latents: Latents | null): View {
  const names = latents?.maps.map((m) => m.name) ?? [];
  const kl = (d: number) => latents?.kl[d] ?? 0;
  const byKl = Array.from({ length: model.latent }, (_, d) => d).sort((a, b) => kl(b) - kl(a));
  const preferred = model.latent === 2 ? "raw" : (["umap", "pca"].find((n) => names.includes(n)) ?? "raw");
  const axis = (d: number | undefined, otherwise: number) => (d !== undefined && d >= 0 && d < model.latent ? d : otherwise);
  const [i, j] = model.latent === 2 ? [0, 1] : [byKl[0], byKl[1] ?? 0];
  return {
    map: view.map && (view.map === "raw" || names.includes(view.map)) ? view.map : preferred,
    x: axis(view.x, i),
    y: axis(view.y, j),
    colour: (isMade(view.colour ?? "") && !latents?.columns.some((c) => c.key === view.colour) ? "" : view.colour) || (latents?.label ? "label" : "kl"),
    mode: view.mode || "mean",
    beside: view.beside ?? "",
    seed: view.seed ?? freshSeed(),
    camera: view.camera ?? "",
    focus: view.focus ?? "",
    under: view.under ?? "",
    locks: listed(dimensions(view.locks, model)),
    stage: listed(dimensions(view.stage, model)),
  };
}

/** "3.7" -> [3, 7]: those that this model has. */
export function dimensions(text: string | undefined, model: ModelInfo): number[] {
  return (text ?? "").split(".").filter(Boolean).map(Number).filter((d) => Number.isInteger(d) && d >= 0 && d < model.latent);
}

export const listed = (dims: Iterable<number>) => [...dims].sort((a, b) => a - b).join(".");
