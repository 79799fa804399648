/** p(x|z) of every likelihood, a pixel at a time: its standard deviation, and draws by inversion from kept noise. */

import type { ModelInfo } from "../contract";
import { normal, uniform } from "../state/random";
import type { Decoded } from "../types";

const LEVEL = 1 / 255;
const REACH = 20; // scales beyond which a logistic's tail is left out: 2e-9
const SURE = 1e-7; // a continuous Bernoulli's mean stays so far from 0 and 1

const MEAN_ONLY =
  "This model was imported and does not define p(x|z), only its mean picture: there is no sigma and no sample";

/** Why nothing but the mean can be shown; "" where everything can. */
export const meanOnlyReason = (model: ModelInfo) => (model.likelihood === "other" ? MEAN_ONLY : "");

/** Whether z was decoded to all that p(x|z) is made of. */
export const isWhole = (model: ModelInfo, { loc, scale }: Decoded) =>
  model.beside.every((name) => (name === "loc" ? loc : scale) !== undefined);

/** The largest sigma that a pixel of this model can have, or half the range if it has but one; 0: unknown. */
export const largestSigma = ({ likelihood, sigma }: ModelInfo) =>
  likelihood === "bernoulli"
    ? 0.5
    : likelihood === "continuous_bernoulli"
      ? Math.sqrt(1 / 12)
      : sigma === null
        ? 0
        : Math.max(0.5, sigma);

/** Noise that stays the same while z moves: only the picture changes, until it is drawn anew. */
export function noise(model: ModelInfo, seed: number): Float32Array {
  const [c, height, width] = model.shape;
  const u = uniform(seed);
  const draw = model.likelihood === "gaussian" ? normal(seed) : model.likelihood === "logistic" ? () => logit(u()) : u;
  return Float32Array.from({ length: c * height * width }, draw);
}

/** The standard deviation of each number of the picture, into `out`. */
export function sigmas(model: ModelInfo, decoded: Decoded, out: Float32Array): void {
  const { x, loc = x, scale } = decoded;
  for (let i = 0; i < out.length; i++) {
    if (model.likelihood === "bernoulli") out[i] = Math.sqrt(x[i] * (1 - x[i]));
    else if (model.likelihood === "continuous_bernoulli") out[i] = Math.sqrt(variance(natural(x[i])));
    else if (model.likelihood === "logistic") out[i] = logisticSigma(loc[i], scale![i]);
    else out[i] = model.sigma ?? scale![i];
  }
}

/** A draw of each number of the picture, into `out`; a Gaussian's may lie beyond [0, 1]. */
export function draws(model: ModelInfo, decoded: Decoded, e: Float32Array, out: Float32Array): void {
  const { x, loc = x, scale } = decoded;
  for (let i = 0; i < out.length; i++) {
    if (model.likelihood === "bernoulli") out[i] = Number(e[i] < x[i]);
    else if (model.likelihood === "continuous_bernoulli") out[i] = quantile(natural(x[i]), e[i]);
    else if (model.likelihood === "logistic")
      out[i] = Math.round(255 * Math.min(1, Math.max(0, loc[i] + scale![i] * e[i]))) * LEVEL;
    else out[i] = loc[i] + (model.sigma ?? scale![i]) * e[i];
  }
}

const logit = (u: number) => Math.log(u / (1 - u));

// --- the continuous Bernoulli, p(x) = l e^{lx} / (e^l - 1) on [0, 1]; at l = 0 it is uniform -------------------------

/** l from the mean, by Newton's steps: the mean's slope is the variance. */
export function natural(mean: number): number {
  const mu = Math.min(1 - SURE, Math.max(SURE, mean));
  if (mu === 0.5) return 0;
  let l = ((2 * mu - 1) / (mu * (1 - mu))) * (1 + 2 * mu * (1 - mu)); // limits: 12 (mu - 1/2), 1 / (1 - mu), -1 / mu
  for (let k = 0; k < 8; k++) {
    const step = (meanAt(l) - mu) / variance(l);
    l -= step;
    if (Math.abs(step) < 1e-9 * (1 + Math.abs(l))) break;
  }
  return l;
}

function meanAt(l: number): number {
  if (Math.abs(l) < 0.01) return 0.5 + l / 12 - l ** 3 / 720;
  return -1 / Math.expm1(-l) - 1 / l;
}

/** 1/l^2 - 1/(2 sinh(l/2))^2, the variance. */
export function variance(l: number): number {
  if (Math.abs(l) < 0.01) return 1 / 12 - (l * l) / 240;
  return 1 / (l * l) - 1 / (2 * Math.sinh(l / 2)) ** 2;
}

/** The x below which a share u of the probability lies: log(1 + u (e^l - 1)) / l, computed where e^l is small. */
export function quantile(l: number, u: number): number {
  if (l > 0) return 1 - quantile(-l, 1 - u);
  return l === 0 ? u : Math.min(1, Math.log1p(u * Math.expm1(l)) / l);
}

// --- the discretised logistic, whose levels are k/255 and whose tails lie in the outermost two ----------------------

/** sqrt(E[x^2] - E[x]^2), with P(x >= k/255) = 1 / (1 + exp((k - 1/2)/255 - m)/s)), over the levels in doubt. */
export function logisticSigma(m: number, s: number): number {
  const first = Math.max(1, Math.ceil((m - REACH * s) / LEVEL + 0.5));
  const last = Math.min(255, Math.floor((m + REACH * s) / LEVEL + 0.5));
  let odds = Math.exp((m - (first - 0.5) * LEVEL) / s);
  const fall = Math.exp(-LEVEL / s);
  let [one, two] = [0, 0]; // moments of how many levels it is above the first
  for (let k = 0; k <= last - first; k++) {
    const above = odds / (1 + odds);
    one += above;
    two += (2 * k + 1) * above;
    odds *= fall;
  }
  return LEVEL * Math.sqrt(Math.max(0, two - one * one));
}
