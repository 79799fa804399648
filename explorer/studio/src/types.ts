/** The data that Python sends, and the renderer that Streamlit passes. */

export interface ModelInfo {
  name: string;
  digest: string;
  base: string; // relative to the page's address
  title: string;
  shape: [number, number, number]; // C, H, W
  latent: number;
  browser: boolean;
  encoder: boolean; // encoder.onnx is there, and runs in a browser
  kl: number[]; // what each dimension carries; [] where unknown
  order: "kl" | "spread"; // nats, or how far its means spread as a share of the widest: the sliders' order
  names: Record<string, string>;
  standard: boolean; // p(z) is N(0, I)
  likelihood: "bernoulli" | "continuous_bernoulli" | "gaussian" | "logistic" | "other";
  sigma: number | null; // of p(x|z), where one number stands for every pixel and every z
  beside: ("loc" | "scale")[]; // what p(x|z) is made of beside its mean picture
  decoder: string; // a version of decoder.onnx
  folder: string;
  items: boolean; // the data set is there: items have pictures of their own
  latents: string;
}

export type Mode = "mean" | "sample" | "sigma";

/** A decoded z: the mean picture in [0, 1], and what else p(x|z) is made of where it was asked for; (C, H, W) each. */
export interface Decoded {
  x: Float32Array;
  loc?: Float32Array;
  scale?: Float32Array;
}

export interface View {
  map: string; // "raw", or the name of a map in latents.safetensors
  x: number;
  y: number;
  colour: string; // "label", "kl", "rec", "z3", ...
  mode: Mode;
  beside: string; // a second map: its name, or "raw~3~7"; "" for none
  seed: number; // of the sample that is shown
  camera: string; // "x,y,zoom" of the map; "" for all of it
  beside_camera: string; // the same of the second map
  focus: string; // the class that stays lit; "" for none
  under: string; // what lies under the points: "grid", "density", both with a dot between
  locks: string; // dimensions that stay, "3.7"
  stage: string; // dimensions with a slider in a presentation; "" for those that carry most
}

export interface Mark {
  z: number[];
  label: string;
  kind: "encoded" | "anchor" | "note";
}

export interface Bundle {
  studio: string;
  net: string;
  near: string;
}

interface Common {
  bundle: Bundle;
  model: ModelInfo;
}

export type By = "picture" | "numbers"; // where the second model's z comes from

export interface Choice {
  name: string;
  title: string;
  about: string;
  thumb: string; // an address, relative to the page's; "": it has none
  reason: string; // why it cannot be compared; "": it can
}

export interface Comparison {
  choices: Choice[];
  about: string; // of the first model, as in a choice
  other: ModelInfo | null;
  by: By;
}

export interface StudioData extends Common {
  kind: "studio";
  z: number[] | null;
  seq: number;
  view: Partial<View>;
  marks: Mark[];
  compare: Comparison | null;
  stage: boolean; // a presentation: large, and little beside it
}

export interface PathData extends Common {
  kind: "path";
  frames: number[][];
  labels: [string, string];
  seq: number;
  view: Partial<View>;
  at: number;
  mode: string;
  stage: boolean; // a presentation: large, and little beside it
}

export interface PadData extends Common {
  kind: "pad";
  fill: number; // the share of the picture that a drawing fills, its mass in the middle; 0: it stays where it is
}

export interface PasteData {
  kind: "paste";
  bundle: Bundle;
  shown: boolean; // with a button and a place that says what to do
}

export interface StageData {
  kind: "stage";
  bundle: Bundle;
  title: string;
  text: string;
  at: number; // of the step, from 1; 0: none
  count: number;
  preload: string[]; // addresses that other steps will need
}

export interface ScatterData {
  kind: "scatter";
  bundle: Bundle;
  plotly: string; // the library's address, relative to the page's
  figure: string; // JSON: {data, layout}
  alt: string;
}

export type Data = StudioData | PathData | PadData | PasteData | StageData | ScatterData;

export interface Renderer<T extends Data = Data> {
  data: T;
  parentElement: ShadowRoot | HTMLElement;
  setStateValue: (name: string, value: unknown) => void;
  setTriggerValue: (name: string, value: unknown) => void; // sent once
}

/** A live part of the page: updated with new data, never built twice. */
export interface Part<T extends Data = Data> {
  update(renderer: Renderer<T>): void;
  destroy(): void;
}
