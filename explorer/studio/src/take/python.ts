/** The lines of Python that give the pictures of the app, to the pixel. */

import type { Mode, ModelInfo } from "../contract";

/** One picture: E[x|z], cut to [0, 1] as it is drawn; beside it a draw of p(x|z), or its sigma, where that is shown. */
export function pythonOf(model: ModelInfo, z: Float32Array, mode: Mode): string {
  return [
    "import torch",
    "",
    "import vae",
    "",
    openLine(model),
    `z = torch.tensor([${list(z)}])`,
    "with torch.no_grad():",
    `    picture = ${decodeCall(model)}  # E[x|z]: (1, ${model.shape.join(", ")}) in [0, 1]`,
    ...EXTRA_LINES[mode],
    "",
  ].join("\n");
}

const EXTRA_LINES: Record<Mode, string[]> = {
  mean: [],
  sample: ["    sample = model.decode(z).sample().clamp(0, 1)  # x ~ p(x|z), drawn anew each time"],
  sigma: ["    sigma = model.decode(z).stddev  # of p(x|z), for each pixel and channel"],
};

/** The pictures of a path from a to b; `line` is the name of a function of vae.paths. */
export function pythonOfPath(model: ModelInfo, a: Float32Array, b: Float32Array, count: number, line: string): string {
  return [
    "import numpy as np",
    "import torch",
    "",
    "import vae",
    "from vae import paths",
    "",
    openLine(model),
    `a = np.float32(${list(a)})`,
    `b = np.float32(${list(b)})`,
    `z = torch.from_numpy(paths.${line}(a, b, ${count}))`,
    "with torch.no_grad():",
    `    pictures = ${decodeCall(model)}  # E[x|z]: (${count}, ${model.shape.join(", ")}) in [0, 1]`,
    "",
  ].join("\n");
}

/** The shortest decimal that is the same float32. */
export function shortest(value: number): string {
  for (let digits = 1; digits <= 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === Math.fround(value)) return String(short);
  }
  return String(value);
}

const isForeign = (model: ModelInfo) => model.likelihood === "other"; // imported from another program, so wrapped
const openLine = (model: ModelInfo) =>
  `model = vae.${isForeign(model) ? "wrap" : "load"}(${JSON.stringify(model.folder)})`;
const decodeCall = (model: ModelInfo) => `model.${isForeign(model) ? "decode" : "mean_picture"}(z)`;
const list = (z: Float32Array) => `[${Array.from(z, (v) => point(shortest(v))).join(", ")}]`;
const point = (text: string) => (/[.e]/.test(text) ? text : `${text}.0`); // a row of whole numbers are floats too
