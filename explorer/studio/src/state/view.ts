/** The view: what a link or a step names, where that exists; otherwise what shows this model best. */

import type { ModelInfo, View } from "../contract";
import { VIEW } from "../contract";
import type { Latents } from "../net/latents";
import { isJobKey } from "../net/mapjobs";
import { freshSeed } from "./random";
import { readSecondName, suggestSecondName, writeSecondName } from "./secondname";

export function startView(view: Partial<View>, model: ModelInfo, latents: Latents | null): View {
  const kl = (d: number) => latents?.kl[d] ?? 0;
  const byKl = Array.from({ length: model.latent }, (_, d) => d).sort((a, b) => kl(b) - kl(a));
  const axis = (d: number | undefined, fallback: number) =>
    d !== undefined && d >= 0 && d < model.latent ? d : fallback;
  const [i, j] = model.latent === 2 ? [0, 1] : [byKl[0], byKl[1] ?? 0];
  return {
    ...VIEW,
    ...view,
    map: view.map && (isJobKey(view.map) || isThere(view.map, latents)) ? view.map : bestMap(latents),
    x: axis(view.x, i),
    y: axis(view.y, j),
    colour: view.colour || bestColour(latents),
    mode: view.mode || "mean",
    seed: view.seed ?? freshSeed(),
    locks: writeDimensions(readDimensions(view.locks, model)),
    stage: writeDimensions(readDimensions(view.stage, model)),
  };
}

/** A view as far as it can be drawn now: a map or colours that it names may still have to come. */
export function drawableView(view: View, latents: Latents): View {
  const map = isThere(view.map, latents) ? view.map : bestMap(latents);
  const colour = isJobKey(view.colour) && !hasColour(view.colour, latents) ? bestColour(latents) : view.colour;
  const beside = drawableSecond({ ...view, map }, latents);
  return {
    ...view,
    map,
    colour,
    beside,
    camera: map === view.map ? view.camera : "", // of a map that is not the one on screen
    beside_camera: beside === view.beside ? view.beside_camera : "",
  };
}

/** The second map as it can be drawn now: while its own has to come, the suggestion stands in for it. */
function drawableSecond(view: View, latents: Latents): string {
  if (readSecondName(view.beside, latents)) return view.beside;
  const mayCome = isJobKey(view.beside) && !isThere(view.beside, latents);
  return mayCome ? writeSecondName(suggestSecondName(view, latents)) : "";
}

/** A view after a change: another map is shown whole. */
export function withChange(view: View, change: Partial<View>): View {
  const isOtherMap = "map" in change || "x" in change || "y" in change;
  return {
    ...view,
    ...(isOtherMap ? { camera: "" } : {}),
    ...("beside" in change ? { beside_camera: "" } : {}),
    ...change,
  };
}

/** A t-SNE comes first: it is in a checkpoint only where it was judged the better map. */
export const bestMap = (latents: Latents | null): string =>
  latents?.dims === 2 ? "raw" : (["tsne", "umap", "pca"].find((name) => isThere(name, latents)) ?? "raw");

export const bestColour = (latents: Latents | null): string => (latents?.label ? "label" : "kl");

export const isThere = (map: string, latents: Latents | null): boolean =>
  map === "raw" || (latents?.maps.some(({ name }) => name === map) ?? false);

export const hasColour = (key: string, latents: Latents): boolean =>
  latents.columns.some((column) => column.key === key);

/** "3.7" -> [3, 7]: those that this model has. */
export function readDimensions(text: string | undefined, model: ModelInfo): number[] {
  return (text ?? "")
    .split(".")
    .filter(Boolean)
    .map(Number)
    .filter((d) => Number.isInteger(d) && d >= 0 && d < model.latent);
}

export const writeDimensions = (dims: Iterable<number>) => [...dims].sort((a, b) => a - b).join(".");
