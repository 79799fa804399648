/** The colours, the same table as explorer/palette.py (a test compares the two), and how they become numbers. */

export const CLASSES = {
  light: ["#3991df", "#c6820c", "#821100", "#859492", "#852fb8", "#804635", "#ae4a05", "#877d50", "#5d616c", "#378386"],
  dark: ["#3f90da", "#ffa90e", "#c2260a", "#94a4a2", "#8f3bc3", "#a96b59", "#e76300", "#b9ac70", "#717581", "#92dadd"],
};
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
export const DIVERGING = ["#0072b2", "#76b0d5", "#f7f7f7", "#e8a377", "#d55e00"];
export const DIVERGING_DARK = ["#56b4e9", "#2a6b94", "#15171a", "#8f4a16", "#e56c1f"];
export const NO_CLASS = "#8a8f96";
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

export type Rgb = [number, number, number];

export function rgb(colour: string): Rgb {
  const n = parseInt(colour.slice(1, 7), 16);
  return [n >> 16, (n >> 8) & 255, n & 255];
}

export function classColour(k: number, dark: boolean): string {
  return k < 0 ? NO_CLASS : CLASSES[dark ? "dark" : "light"][k % 10];
}

/** An index into SHAPES: with the colour, it tells 100 classes apart. */
export function classShape(k: number): number {
  return k < 0 ? 0 : (k + Math.floor(k / 10)) % 10;
}

/** `steps` colours along a scale, as RGBA bytes: a texture. */
export function ramp(stops: string[], steps = 256): Uint8Array {
  const colours = stops.map(rgb);
  const out = new Uint8Array(4 * steps);
  for (let i = 0; i < steps; i++) {
    const at = (i / (steps - 1)) * (colours.length - 1);
    const k = Math.min(Math.floor(at), colours.length - 2);
    for (let c = 0; c < 3; c++) out[4 * i + c] = colours[k][c] + (colours[k + 1][c] - colours[k][c]) * (at - k);
    out[4 * i + 3] = 255;
  }
  return out;
}
