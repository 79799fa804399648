/** What a studio shows: what was asked for, where that exists; otherwise what this model shows best. */

import { VIEW } from "../contract";
import type { Latents } from "../net/latents";
import { isMade } from "../net/mapjobs";
import type { ModelInfo, View } from "../types";
import { freshSeed } from "./random";
import { readBeside, suggested, writeBeside } from "./secondname";

export function startView(view: Partial<View>, model: ModelInfo, latents: Latents | null): View {
  const kl = (d: number) => latents?.kl[d] ?? 0;
  const byKl = Array.from({ length: model.latent }, (_, d) => d).sort((a, b) => kl(b) - kl(a));
  const axis = (d: number | undefined, otherwise: number) =>
    d !== undefined && d >= 0 && d < model.latent ? d : otherwise;
  const [i, j] = model.latent === 2 ? [0, 1] : [byKl[0], byKl[1] ?? 0];
  return {
    ...VIEW,
    ...view,
    map: view.map && (isMade(view.map) || isThere(view.map, latents)) ? view.map : bestMap(latents),
    x: axis(view.x, i),
    y: axis(view.y, j),
    colour: view.colour || bestColour(latents),
    mode: view.mode || "mean",
    seed: view.seed ?? freshSeed(),
    locks: listed(dimensions(view.locks, model)),
    stage: listed(dimensions(view.stage, model)),
  };
}

/** What can be drawn of a view now: a map or colours that it names may still be on their way. */
export function drawable(view: View, latents: Latents): View {
  const map = isThere(view.map, latents) ? view.map : bestMap(latents);
  const colour = isMade(view.colour) && !hasColour(view.colour, latents) ? bestColour(latents) : view.colour;
  const coming = isMade(view.beside) && !isThere(view.beside, latents);
  const beside = readBeside(view.beside, latents)
    ? view.beside
    : coming
      ? writeBeside(suggested({ ...view, map }, latents))
      : "";
  return {
    ...view,
    map,
    colour,
    beside,
    camera: map === view.map ? view.camera : "", // of a map that is not the one on screen
    beside_camera: beside === view.beside ? view.beside_camera : "",
  };
}

/** A view after a change: another map is shown whole. */
export function changed(view: View, change: Partial<View>): View {
  const elsewhere = "map" in change || "x" in change || "y" in change;
  return {
    ...view,
    ...(elsewhere ? { camera: "" } : {}),
    ...("beside" in change ? { beside_camera: "" } : {}),
    ...change,
  };
}

/** A t-SNE goes into a checkpoint only where somebody thought it the better map. */
export const bestMap = (latents: Latents | null): string =>
  latents?.dims === 2 ? "raw" : (["tsne", "umap", "pca"].find((name) => isThere(name, latents)) ?? "raw");

export const bestColour = (latents: Latents | null): string => (latents?.label ? "label" : "kl");

export const isThere = (map: string, latents: Latents | null): boolean =>
  map === "raw" || (latents?.maps.some((m) => m.name === map) ?? false);

export const hasColour = (key: string, latents: Latents): boolean => latents.columns.some((c) => c.key === key);

/** "3.7" -> [3, 7]: those that this model has. */
export function dimensions(text: string | undefined, model: ModelInfo): number[] {
  return (text ?? "")
    .split(".")
    .filter(Boolean)
    .map(Number)
    .filter((d) => Number.isInteger(d) && d >= 0 && d < model.latent);
}

export const listed = (dims: Iterable<number>) => [...dims].sort((a, b) => a - b).join(".");
