/** Which latent of B stands for which of A, in words: a summary, a note for a slider, the table of all pairs. */

import type { ModelInfo } from "../../contract";
import { h, icon } from "../../dom/elements";
import type { Matching } from "../../net/matching";

const TITLE = "Which latent of B stands for which of A";

const signed = (r: number) => (r < 0 ? "−" : "") + Math.abs(r).toFixed(2);
const nameOf = (model: ModelInfo, dim: number) => model.names[dim] || `z${dim}`;

/** How many of B's dimensions have a counterpart, in a few words. */
export function summary({ partner }: Matching): string {
  const n = partner.filter((i) => i >= 0).length;
  return n === partner.length
    ? "each latent of B has a counterpart in A"
    : `${n || "none"} of B's ${partner.length} latents ${n === 1 ? "has" : "have"} a counterpart in A`;
}

/** A sentence for the slider of A's dimension. */
export function note({ partner, r }: Matching, dim: number, b: ModelInfo): string {
  const j = partner.indexOf(dim);
  return j < 0 ? "No counterpart in B. " : `In B: ${nameOf(b, j)}, r = ${signed(r[j])}. `;
}

/** The table of all pairs, the strongest first, each with its correlation as a bar around zero. */
export function table(matching: Matching, a: ModelInfo, b: ModelInfo): HTMLElement {
  const { partner, r } = matching;
  const hasPartner = (j: number) => Number(partner[j] >= 0);
  const order = [...partner.keys()];
  order.sort((p, q) => hasPartner(q) - hasPartner(p) || Math.abs(r[q]) - Math.abs(r[p]));
  const head = h(
    "tr",
    {},
    h("th", {}, "A"),
    h("th", { "aria-hidden": "true" }),
    h("th", {}, "B"),
    h("th", { colSpan: 2 }, "correlation r"),
  );
  return h(
    "table.matches",
    { "aria-label": TITLE },
    h("thead", {}, head),
    h("tbody", {}, ...order.map((j) => row(matching, j, a, b))),
  );
}

function row(matching: Matching, j: number, a: ModelInfo, b: ModelInfo): HTMLElement {
  const [i, r] = [matching.partner[j], matching.r[j]];
  const bar = h(`i.${r < 0 ? "less" : "more"}`);
  bar.style.cssText = `left:${50 + Math.min(0, 50 * r)}%;width:${50 * Math.abs(r)}%`;
  const isAlone = i < 0;
  const title = isAlone ? aloneSentence(matching, j) : "";
  return h(
    "tr",
    { class: isAlone ? "alone" : "", title },
    isAlone ? h("td.faint", { title }, "—") : h("td", {}, nameOf(a, i)),
    h("td.faint", { "aria-hidden": "true" }, isAlone ? "" : "↔"),
    h("td", {}, nameOf(b, j)),
    h("td", {}, h("span.r", { "aria-hidden": "true" }, bar)),
    h("td.number", {}, isAlone ? "none" : signed(r)),
  );
}

function aloneSentence(m: Matching, j: number): string {
  const share = Math.round(100 * m.explained[j]);
  return share > 0
    ? `No counterpart: a regression on all latents of A accounts for ${share} % of it, and its prediction is used`
    : "No counterpart: it carries nothing that A has, so it stays at its mean";
}

/** A button that unfolds the list. */
export function unfold(list: HTMLElement, text: string): HTMLElement {
  return h(
    "details.menu.pairs",
    {},
    h("summary", { title: TITLE }, h("span", {}, text), icon("expand_more")),
    h("div.sheet", {}, list),
  );
}
