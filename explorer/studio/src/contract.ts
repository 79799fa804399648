/** What Python and TypeScript agree on, written by `python -m explorer.studio.contract`: change its sources instead. */

export type Mode = "mean" | "sample" | "sigma";

export type By = "picture" | "numbers";

export type Turn = "next" | "previous" | "leave";

/** The built files of the front end, by what they are. */
export interface Bundle {
  studio: string;
  net: string;
  near: string;
}

/** What the browser must know of a model before it fetches a file of it. */
export interface ModelInfo {
  name: string;
  digest: string;
  title: string;
  shape: [number, number, number]; // C, H, W
  latent: number;
  browser: boolean; // decoder.onnx is there and runs in a browser; otherwise the server decodes
  encoder: boolean; // encoder.onnx is there, and runs in a browser
  kl: number[]; // what each dimension carries, which orders the sliders; [] where unknown
  order: "kl" | "spread"; // nats, or how far its means spread as a share of the widest
  names: Record<string, string>; // of dimensions
  likelihood: "bernoulli" | "continuous_bernoulli" | "gaussian" | "logistic" | "other";
  standard: boolean; // p(z) is N(0, I)
  sigma: number | null; // of p(x|z), where one number stands for every pixel and every z
  beside: ("loc" | "scale")[]; // what p(x|z) is made of beside its mean picture
  decoder: string; // a version of decoder.onnx: changes when it is exported again
  folder: string; // how copied Python names it, as in vae.load("checkpoints/mnist-16d")
  items: boolean; // the data set is on this machine, so items have pictures of their own
  latents: string; // a version of latents.safetensors: changes when a map is added
  base: string; // the address of its files, relative to the page's
}

/** A point that is marked on the map: an encoded picture, an anchor. */
export interface Mark {
  z: number[];
  label: string;
  kind: "encoded" | "anchor" | "note";
}

/** A model in the menu of those that may be compared. */
export interface Choice {
  name: string;
  title: string;
  about: string; // latents and −ELBO, in a few words
  thumb: string; // the address of a small picture, relative to the page's; "": it has none
  reason: string; // a sentence why it cannot be compared; "": it can
}

/** The models to choose from, and the one that is compared, if any. */
export interface Comparison {
  choices: Choice[];
  about: string; // of the first model, as in a choice
  other: ModelInfo | null;
  by: By;
}

/** What the map and the picture show. Empty words leave the choice to the studio. */
export interface View {
  map: string; // "raw", or the name of a map in latents.safetensors
  x: number; // the two dimensions of a raw map
  y: number;
  colour: string; // "label", "kl", "rec", "z3", ...
  mode: Mode;
  beside: string; // a second map; "" for none
  seed: number; // of the sample that is shown
  camera: string; // "x,y,zoom" of the map; "" for all of it
  beside_camera: string; // the same of the second map
  focus: string; // the one that stays lit
  under: string; // lies under the points
  locks: string; // dimensions that stay, "3.7"
  stage: string; // with a slider in a presentation; "": those that carry most
}

/** Map, picture and sliders. */
export interface StudioData {
  kind: "studio";
  bundle: Bundle;
  model: ModelInfo;
  z: number[] | null;
  seq: number; // grows when Python moves z or the view
  view: Partial<View>;
  marks: Mark[];
  compare: Comparison | null;
  stage: boolean; // a presentation: large, and little beside it
}

/** A path on the map and the strip of its pictures. */
export interface PathData {
  kind: "path";
  bundle: Bundle;
  model: ModelInfo;
  frames: number[][];
  labels: [string, string]; // of both ends
  seq: number; // grows when Python moves the view or the scrubber
  view: Partial<View>;
  at: number; // of the scrubber, from 0
  mode: string; // of the line
  stage: boolean; // a presentation: large, and little beside it
}

/** A square to draw on. */
export interface PadData {
  kind: "pad";
  bundle: Bundle;
  model: ModelInfo;
  fill: number; // the share of the picture that a drawing fills, its mass in the middle; 0: it stays where it is
}

/** A listener for pictures from the clipboard. */
export interface PasteData {
  kind: "paste";
  bundle: Bundle;
  shown: boolean; // with a button and a place that says what to do
}

/** The header of a presentation. */
export interface StageData {
  kind: "stage";
  bundle: Bundle;
  title: string;
  text: string;
  at: number; // of the step, from 1; 0: none
  count: number;
  preload: string[]; // addresses that other steps will need
}

/** A Plotly figure. */
export interface ScatterData {
  kind: "scatter";
  bundle: Bundle;
  plotly: string; // the library's address, relative to the page's
  figure: string; // JSON: {data, layout}
  alt: string;
}

export type Data = StudioData | PathData | PadData | PasteData | StageData | ScatterData;

/** A view of which nothing was chosen; what is empty, or -1, is the studio's choice. */
export const VIEW = {
  map: "",
  x: 0,
  y: 1,
  colour: "",
  mode: "",
  beside: "",
  seed: -1,
  camera: "",
  beside_camera: "",
  focus: "",
  under: "",
  locks: "",
  stage: "",
};

/** The name of a map or of colours that were computed of a model's items. */
export const KEY = /^[0-9a-f]{12}$/;

/** What can be computed of a model's items: the settings of each kind. */
export const MAP_REQUESTS = {
  pca: {
    first: { default: 1, low: 1, help: "the component along x, counted from 1, the one of most variance" },
    second: { default: 2, low: 1, help: "the component along y, counted from 1, the one of most variance" },
  },
  umap: {
    neighbours: { default: 15, low: 2, high: 200, help: "few for fine structure, many for the large picture" },
    min_dist: { default: 0.1, low: 0, high: 0.99, help: "how tightly points may be packed" },
    seed: { default: 0, low: 0, high: 4294967295, help: "the same seed gives the same result" },
    limit: { default: 50000, low: 5, help: "items that are laid out themselves" },
  },
  tsne: {
    perplexity: { default: 30, low: 1, high: 500, help: "about how many neighbours an item has" },
    seed: { default: 0, low: 0, high: 4294967295, help: "the same seed gives the same result" },
    limit: { default: 20000, low: 5, help: "items that are laid out themselves" },
  },
  clusters: {
    method: {
      default: "kmeans",
      choices: ["kmeans", "mixture"],
      help: "round groups of like size, or of any size and slant",
    },
    k: { default: 10, low: 2, high: 100, help: "how many groups to look for" },
    seed: { default: 0, low: 0, high: 4294967295, help: "the same seed gives the same result" },
  },
};

/** The constants of placing a z on a map, and of the inverse. */
export const PLACEMENT = { K: 12, ACTIVE: 0.01 };

/** The colours of the article's symbols, as text or a thin line. */
export const SYMBOLS = {
  light: {
    x: "#0072b2",
    mu: "#9a6901",
    sigma: "#07815e",
    epsilon: "#a85885",
    z: "#0570a0",
    xhat: "#bc5303",
    kl: "#6e7379",
  },
  dark: {
    x: "#3a95d8",
    mu: "#e69f00",
    sigma: "#11a377",
    epsilon: "#cc79a7",
    z: "#56b4e9",
    xhat: "#e56c1f",
    kl: "#8a8f96",
  },
};

/** The colours of classes: class k has the one at k % 10. */
export const CLASSES = {
  light: ["#3991df", "#c6820c", "#821100", "#859492", "#852fb8", "#804635", "#ae4a05", "#877d50", "#5d616c", "#378386"],
  dark: ["#3f90da", "#ffa90e", "#c2260a", "#94a4a2", "#8f3bc3", "#a96b59", "#e76300", "#b9ac70", "#717581", "#92dadd"],
};

/** The colour of items without a class. */
export const NO_CLASS = "#8a8f96";

/** The shapes of classes: class k has the one at (k + floor(k / 10)) % 10, so that 100 classes differ. */
export const SHAPES = [
  "circle",
  "square",
  "diamond",
  "triangle-up",
  "cross",
  "x",
  "triangle-down",
  "star",
  "pentagon",
  "hexagon",
];

/** The scale of numbers. */
export const VIRIDIS = [
  "#440154",
  "#482878",
  "#3e4a89",
  "#31688e",
  "#26828e",
  "#1f9e89",
  "#35b779",
  "#6dcd59",
  "#b4de2c",
  "#fde725",
];

/** The scale of signed numbers, centred on zero. */
export const DIVERGING = ["#0072b2", "#76b0d5", "#f7f7f7", "#e8a377", "#d55e00"];

/** The same on a dark page: zero is the page itself. */
export const DIVERGING_DARK = ["#56b4e9", "#2a6b94", "#15171a", "#8f4a16", "#e56c1f"];
