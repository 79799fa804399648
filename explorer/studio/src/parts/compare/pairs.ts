/** Which latent of B stands for which of A, in words: a summary, a note for a slider, the table of all pairs. */

import { h, icon } from "../../dom/elements";
import type { Matching } from "../../net/matching";
import type { ModelInfo } from "../../types";

const signed = (r: number) => (r < 0 ? "−" : "") + Math.abs(r).toFixed(2);
const named = (model: ModelInfo, dim: number) => model.names[dim] || `z${dim}`;

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
  return j < 0 ? "No counterpart in B. " : `In B: ${named(b, j)}, r = ${signed(r[j])}. `;
}

/** The list of all pairs, the strongest first, each with its correlation as a bar around zero. */
export function table(m: Matching, a: ModelInfo, b: ModelInfo): HTMLElement {
  const all = m.partner
    .map((i, j) => ({ i, j, r: m.r[j] }))
    .sort((p, q) => Number(q.i >= 0) - Number(p.i >= 0) || Math.abs(q.r) - Math.abs(p.r));
  const rows = all.map(({ i, j, r }) => {
    const bar = h("i");
    bar.style.cssText = `left:${50 + Math.min(0, 50 * r)}%;width:${50 * Math.abs(r)}%`;
    bar.className = r < 0 ? "less" : "more";
    const of = i >= 0 ? h("td", {}, named(a, i)) : h("td.faint", { title: told(m, j) }, "—");
    return h(
      "tr",
      { class: i >= 0 ? "" : "alone", title: i >= 0 ? "" : told(m, j) },
      of,
      h("td.faint", { "aria-hidden": "true" }, i >= 0 ? "↔" : ""),
      h("td", {}, named(b, j)),
      h("td", {}, h("span.r", { "aria-hidden": "true" }, bar)),
      h("td.number", {}, i >= 0 ? signed(r) : "none"),
    );
  });
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
    { "aria-label": "Which latent of B stands for which of A" },
    h("thead", {}, head),
    h("tbody", {}, ...rows),
  );
}

function told(m: Matching, j: number): string {
  const share = Math.round(100 * m.explained[j]);
  return share > 0
    ? `No counterpart: a regression on all latents of A accounts for ${share} % of it, and its prediction is used`
    : "No counterpart: it carries nothing that A tells, so it stays at its mean";
}

/** A button that unfolds the list. */
export function unfold(list: HTMLElement, text: string): HTMLElement {
  return h(
    "details.menu.pairs",
    {},
    h("summary", { title: "Which latent of B stands for which of A" }, h("span", {}, text), icon("expand_more")),
    h("div.sheet", {}, list),
  );
}
