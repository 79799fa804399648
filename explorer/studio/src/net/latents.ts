/** The encoded items of a model, as latents.safetensors holds them: means, labels, maps, histograms. */

import type { ModelInfo } from "../contract";
import { type Archive, readSafetensors } from "./safetensors";

export interface MapPoints {
  name: string;
  xy: Float32Array; // (N, 2)
  components?: Float32Array; // (2, D): the map is affine
  center?: Float32Array; // (D,)
  title?: string; // of a map job's result, with its settings
  trust?: number | null; // its trustworthiness, 0..1
  laid?: number; // items that were laid out themselves, where the rest was placed by their neighbours; else 0
}

/** A value for each item that is no part of the checkpoint: clusters, or an uploaded column. */
export interface Column {
  key: string;
  title: string;
  values?: Float32Array; // numbers, NaN where there is none
  codes?: Int32Array; // or classes, -1 where there is none
  classes: string[];
}

export interface Latents {
  count: number;
  dims: number;
  total: number; // items in the split that these were drawn from
  split: string;
  mean: Float32Array; // (N, D)
  label: Int32Array | null;
  classes: string[];
  kl: Float32Array; // (D,), what each dimension carries, see ModelInfo.order
  order: "kl" | "spread"; // what that is measured in
  nats: Float32Array | null; // (D,), the mean KL of each dimension, where there is one: which of them are active
  prior: boolean; // whether N(0, I) is one; an encoder without variance has none
  standard: boolean; // whether the latents follow N(0, I): it is the model's prior, and the encoder has variance
  klItem: Float32Array | null;
  rec: Float32Array | null;
  maps: MapPoints[];
  columns: Column[];
  edges: Float32Array | null; // (D, B + 1)
  counts: Int32Array | null; // (D, B)
  bins: number;
}

const cache = new Map<string, Promise<Latents>>(); // a page that is left and entered again does not fetch again
const KEEP = 3;

export function loadLatents(model: ModelInfo): Promise<Latents> {
  const url = new URL(`${model.base}latents.safetensors?v=${model.latents}`, document.baseURI).href;
  const cached = cache.get(url);
  if (cached) return cached;
  const latents = fetchLatents(url, model);
  latents.catch(() => cache.delete(url));
  cache.set(url, latents);
  if (cache.size > KEEP) cache.delete(cache.keys().next().value as string);
  return latents;
}

async function fetchLatents(url: string, model: ModelInfo): Promise<Latents> {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(await answer.text());
  return toLatents(readSafetensors(await answer.arrayBuffer()), model);
}

/** The parts of latents.safetensors. Errors: they are another model's. */
export function toLatents({ tensors, metadata }: Archive, model: ModelInfo): Latents {
  const floats = (name: string) => (tensors.get(name)?.data as Float32Array | undefined) ?? null;
  const ints = (name: string) => (tensors.get(name)?.data as Int32Array | undefined) ?? null;
  const mean = tensors.get("mean");
  if (!mean || mean.shape[1] !== model.latent) throw new Error("The encoded items do not belong to this model.");
  const label = ints("label");
  const maps: MapPoints[] = [];
  for (const [name, tensor] of tensors) {
    if (!name.startsWith("xy/")) continue;
    const short = name.slice(3);
    const components = floats(`${short}/components`);
    const center = floats(`${short}/center`);
    maps.push({
      name: short,
      xy: tensor.data as Float32Array,
      ...(components && center ? { components, center } : {}),
    });
  }
  return {
    count: mean.shape[0],
    dims: model.latent,
    total: Number(metadata.total ?? mean.shape[0]),
    split: metadata.split ?? "",
    mean: mean.data as Float32Array,
    label: label?.some((k) => k >= 0) ? label : null,
    classes: JSON.parse(metadata.classes ?? "[]") as string[],
    kl: (model.order === "spread" ? null : floats("kl")) ?? Float32Array.from(model.kl),
    order: model.order,
    nats: floats("kl"),
    prior: tensors.has("kl"),
    standard: tensors.has("kl") && model.standard,
    klItem: floats("kl_item"),
    rec: floats("rec"),
    maps,
    columns: [],
    edges: floats("hist/edges"),
    counts: ints("hist/counts"),
    bins: tensors.get("hist/counts")?.shape[1] ?? 0,
  };
}

/** What a dimension carries, in words. */
export function informationText(latents: Latents | null, dim: number): string {
  const value = (latents?.kl[dim] ?? 0).toFixed(2);
  return latents?.order === "spread" ? `spread ${value} of the widest` : `KL ${value} nats`;
}

/** A random z: of the prior N(0, t² I); where there is none, of a normal with the items' own means and spreads. */
export function samplePrior(model: ModelInfo, latents: Latents | null, t: number, draw: () => number): Float32Array {
  const z = Float32Array.from({ length: model.latent }, () => t * draw());
  if (!latents || latents.prior) return z;
  return z.map((v, d) => {
    const values = column(latents, d);
    const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
    return mean + v * Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length);
  });
}

/** The values of one latent dimension, as a column. */
export function column(latents: Latents, dim: number): Float32Array {
  const out = new Float32Array(latents.count);
  for (let i = 0; i < latents.count; i++) out[i] = latents.mean[i * latents.dims + dim];
  return out;
}

export function row(latents: Latents, i: number): Float32Array {
  return latents.mean.slice(i * latents.dims, (i + 1) * latents.dims);
}

/** An item to begin with: one that comes back well, though not the very best, which is the emptiest. */
export function exampleItem(latents: Latents): number {
  const { rec } = latents;
  if (!rec?.length) return 0;
  const sample = Array.from({ length: Math.min(rec.length, 5000) }, (_, i) => i);
  const order = sample.sort((a, b) => rec[a] - rec[b]);
  return order[Math.floor(0.85 * order.length)];
}

export function className(latents: Latents, i: number): string {
  const k = latents.label?.[i] ?? -1;
  return k < 0 ? "" : (latents.classes[k] ?? String(k));
}
