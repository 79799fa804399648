/** What the map's points are coloured by: a class, or a number on a scale. */

import { column, type Latents } from "./latents";
import { classColour, classShape, NO_CLASS, ramp, rgb, VIRIDIS } from "./palette";

export interface Colouring {
  key: string;
  values: Float32Array; // (N,): texture coordinate 0..1
  shapes: Float32Array; // (N,): an index into SHAPES
  texture: Uint8Array; // RGBA, 256 wide
  classes: { k: number; name: string; count: number; colour: string }[]; // for a legend; empty for a scale
  scale: { low: number; high: number; unit: string } | null;
}

export function colourChoices(latents: Latents, name: (dim: number) => string): { value: string; text: string }[] {
  const out: { value: string; text: string }[] = [];
  if (latents.label) out.push({ value: "label", text: "label" });
  if (latents.klItem) out.push({ value: "kl", text: "KL" });
  if (latents.rec) out.push({ value: "rec", text: "reconstruction" });
  for (let d = 0; d < Math.min(latents.dims, 64); d++) out.push({ value: `z${d}`, text: name(d) });
  return out;
}

export function colouring(latents: Latents, choice: string, dark: boolean): Colouring {
  if (choice === "label" && latents.label) return byClass(latents, latents.label, dark);
  const dim = /^z(\d+)$/.exec(choice);
  if (choice === "rec" && latents.rec) return byNumber(choice, latents.rec.map((v) => -v), "nats");
  if (dim && Number(dim[1]) < latents.dims) return byNumber(choice, column(latents, Number(dim[1])), "");
  if (latents.klItem) return byNumber("kl", latents.klItem, "nats");
  return byNumber("z0", column(latents, 0), "");
}

const GREY = 255; // the texture's last place is for items of no class

function byClass(latents: Latents, label: Int32Array, dark: boolean): Colouring {
  const counts: number[] = []; // by k + 1
  const values = new Float32Array(label.length);
  const shapes = new Float32Array(label.length);
  label.forEach((k, i) => {
    counts[k + 1] = (counts[k + 1] ?? 0) + 1;
    values[i] = ((k < 0 ? GREY : k % 10) + 0.5) / 256;
    shapes[i] = classShape(k);
  });
  const texture = new Uint8Array(4 * 256);
  for (let k = 0; k < 256; k++) texture.set([...rgb(k === GREY ? NO_CLASS : classColour(k, dark)), 255], 4 * k);
  const classes = counts.flatMap((count, i) =>
    count ? [{ k: i - 1, count, colour: classColour(i - 1, dark), name: i === 0 ? "no label" : (latents.classes[i - 1] ?? String(i - 1)) }] : []);
  return { key: dark ? "label, dark" : "label", values, shapes, texture, classes, scale: null };
}

const SAMPLE = 50_000; // numbers that decide the ends of a scale

/** viridis between the 1st and the 99th percentile. */
function byNumber(key: string, numbers: Float32Array, unit: string): Colouring {
  const step = Math.ceil(numbers.length / SAMPLE);
  const sorted = Float32Array.from({ length: Math.ceil(numbers.length / step) }, (_, i) => numbers[i * step]).sort();
  const low = sorted[Math.floor(0.01 * sorted.length)];
  const high = Math.max(low + 1e-9, sorted[Math.min(sorted.length - 1, Math.floor(0.99 * sorted.length))]);
  const values = numbers.map((v) => (Math.min(255, Math.max(0, (255 * (v - low)) / (high - low))) + 0.5) / 256);
  return { key, values, shapes: new Float32Array(numbers.length), texture: ramp(VIRIDIS), classes: [], scale: { low, high, unit } };
}

