/** Colours of the map's points: by class, or by a number on a scale. */

import { NO_CLASS, VIRIDIS } from "../contract";
import type { Item } from "../dom/elements";
import { type Column, column, type Latents } from "../net/latents";
import { classColour, classShape, ramp, rgb } from "../palette";

export interface Colouring {
  key: string;
  values: Float32Array; // (N,): texture coordinate 0..1
  shapes: Float32Array; // (N,): an index into SHAPES
  texture: Uint8Array; // RGBA, 256 wide
  classes: { k: number; name: string; count: number; colour: string }[]; // for a legend; empty for a scale
  counted?: boolean; // how many items a class has is worth a number in the legend
  scale: { low: number; high: number; unit: string; ends?: [number, number]; missing?: number } | null;
}

export function colourChoices(latents: Latents, name: (dim: number) => string): Item[] {
  const out: Item[] = [];
  if (latents.label) out.push({ value: "label", text: "label" });
  if (latents.klItem) out.push({ value: "kl", text: "KL" });
  if (latents.rec) out.push({ value: "rec", text: "reconstruction" });
  for (let d = 0; d < Math.min(latents.dims, 64); d++) out.push({ value: `z${d}`, text: name(d) });
  for (const { key, title } of latents.columns) out.push({ value: key, text: title });
  return out;
}

export function colouring(latents: Latents, choice: string, dark: boolean): Colouring {
  const extra = latents.columns.find(({ key }) => key === choice);
  if (extra) return byColumn(extra, dark);
  if (choice === "label" && latents.label) return byClass("label", latents.label, latents.classes, "no label", dark);
  const dim = /^z(\d+)$/.exec(choice);
  if (choice === "rec" && latents.rec) return byNumber(choice, negative(latents.rec), "nats");
  if (dim && Number(dim[1]) < latents.dims) return byNumber(choice, column(latents, Number(dim[1])), "");
  if (latents.klItem) return byNumber("kl", latents.klItem, "nats");
  return byNumber("z0", column(latents, 0), "");
}

const negative = (values: Float32Array) => values.map((value) => -value);

const GREY = 255; // the texture's last place is for items of no class

function byColumn({ key, values, codes, classes }: Column, dark: boolean): Colouring {
  if (codes) return { ...byClass(key, codes, classes, "no value", dark), counted: true };
  return byNumber(key, values ?? new Float32Array(), "");
}

function byClass(key: string, label: Int32Array, names: string[], none: string, dark: boolean): Colouring {
  const counts: number[] = []; // by k + 1
  const values = new Float32Array(label.length);
  const shapes = new Float32Array(label.length);
  label.forEach((k, i) => {
    counts[k + 1] = (counts[k + 1] ?? 0) + 1;
    values[i] = ((k < 0 ? GREY : k % GREY) + 0.5) / 256;
    shapes[i] = classShape(k);
  });
  const texture = new Uint8Array(4 * 256);
  for (let k = 0; k < 256; k++) texture.set([...rgb(k === GREY ? NO_CLASS : classColour(k, dark)), 255], 4 * k);
  const classes = counts.flatMap((count, i) =>
    count
      ? [{ k: i - 1, count, colour: classColour(i - 1, dark), name: i === 0 ? none : (names[i - 1] ?? String(i - 1)) }]
      : [],
  );
  return { key: dark ? `${key}, dark` : key, values, shapes, texture, classes, scale: null };
}

const SAMPLE = 50_000; // numbers that decide the ends of a scale

/** viridis between the 1st and the 99th percentile; grey where there is no number. */
function byNumber(key: string, numbers: Float32Array, unit: string): Colouring {
  const known = numbers.filter((v) => !Number.isNaN(v));
  const step = Math.max(1, Math.ceil(known.length / SAMPLE));
  const sorted = Float32Array.from({ length: Math.ceil(known.length / step) }, (_, i) => known[i * step]).sort();
  const low = sorted[Math.floor(0.01 * sorted.length)] ?? 0;
  const high = Math.max(low + 1e-9, sorted[Math.min(sorted.length - 1, Math.floor(0.99 * sorted.length))] ?? 1);
  const top = GREY - 1;
  const values = numbers.map(
    (v) => ((Number.isNaN(v) ? GREY : Math.min(top, Math.max(0, (top * (v - low)) / (high - low)))) + 0.5) / 256,
  );
  const texture = ramp(VIRIDIS);
  texture.set([...rgb(NO_CLASS), 255], 4 * GREY);
  const ends: [number, number] = [sorted[0] ?? 0, sorted[sorted.length - 1] ?? 0];
  return {
    key,
    values,
    shapes: new Float32Array(numbers.length),
    texture,
    classes: [],
    scale: { low, high, unit, ends, missing: numbers.length - known.length },
  };
}
