/** Which latent of the second model stands for which of the first, as the server has measured it. */

import type { ModelInfo } from "../contract";

export interface Matching {
  partner: number[]; // (D_b,), the first model's dimension; -1: there is none
  r: number[];
  explained: number[]; // R² of a regression on all of the first model's
  weight: number[][]; // (D_b, D_a)
  offset: number[];
  items: number;
}

/** What the server measured, or the sentence why there is nothing to measure. */
export async function fetchMatching(a: ModelInfo, b: ModelInfo): Promise<Matching | string> {
  const path = `${a.base}matching/${encodeURIComponent(b.name)}/${b.digest.slice(0, 12)}`;
  const answer = await fetch(new URL(path, document.baseURI));
  if (!answer.ok) return answer.text();
  const matching = (await answer.json()) as Matching | { unmatched: string };
  return "unmatched" in matching ? matching.unmatched : matching;
}

/** z of A -> z of B. */
export function carry({ weight, offset }: Matching, z: Float32Array): Float32Array {
  return Float32Array.from(offset, (start, j) => weight[j].reduce((sum, w, i) => sum + w * z[i], start));
}
