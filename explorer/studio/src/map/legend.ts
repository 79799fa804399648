/** What the colours mean: classes with their shapes, or a scale with its ends. */

import { NO_CLASS, VIRIDIS } from "../contract";
import { h, thousands } from "../dom/elements";
import { classShape } from "../palette";
import type { Colouring } from "./colour";

const SVG = "http://www.w3.org/2000/svg";
const star = (n: number, inner: number) =>
  Array.from({ length: 2 * n }, (_, k) => polar(k / (2 * n), k % 2 ? inner : 6)).join(" ");
const ngon = (n: number, r: number, turn = 0) => Array.from({ length: n }, (_, k) => polar(k / n + turn, r)).join(" ");
const polar = (turn: number, r: number) =>
  `${(7 + r * Math.sin(2 * Math.PI * turn)).toFixed(1)},${(7 - r * Math.cos(2 * Math.PI * turn)).toFixed(1)}`;
const plus = "5,1 9,1 9,5 13,5 13,9 9,9 9,13 5,13 5,9 1,9 1,5 5,5";

/** The shapes of the fragment shader, as outlines for the legend; the same order as SHAPES. */
const OUTLINES = [
  "",
  "2,2 12,2 12,12 2,12",
  "7,0.5 13.5,7 7,13.5 0.5,7",
  ngon(3, 6.5),
  plus,
  plus,
  ngon(3, 6.5, 0.5),
  star(5, 2.6),
  ngon(5, 6),
  ngon(6, 6),
];

const CIRCLE = { cx: "7", cy: "7", r: "5.5" };

function swatch(k: number, colour: string): SVGElement {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 14 14");
  svg.setAttribute("aria-hidden", "true");
  const kind = classShape(k);
  const shape = document.createElementNS(SVG, kind === 0 ? "circle" : "polygon");
  for (const [name, value] of Object.entries(kind === 0 ? CIRCLE : { points: OUTLINES[kind] })) {
    shape.setAttribute(name, value);
  }
  if (kind === 5) shape.setAttribute("transform", "rotate(45 7 7)");
  shape.setAttribute("fill", colour);
  svg.append(shape);
  return svg;
}

const MOST = 21; // classes listed

export class Legend {
  readonly element = h("div.legend", { role: "group", "aria-label": "Legend" });
  private key = "";
  private pinned = ""; // the class that stays lit
  private rows = new Map<string, { row: HTMLElement; value: number }>();

  /** `onFocus`: the points that are lit (-1: all); `onPin`: the class that is to stay so ("": none). */
  constructor(
    private onFocus: (value: number) => void,
    private onPin: (k: string) => void,
  ) {}

  pin(k: string): void {
    this.pinned = this.rows.has(k) ? k : "";
    for (const [name, { row }] of this.rows) row.setAttribute("aria-pressed", String(name === this.pinned));
    this.rest();
  }

  private rest(): void {
    this.onFocus(this.rows.get(this.pinned)?.value ?? -1);
  }

  show(c: Colouring): void {
    const key = `${c.key}/${c.classes.length}/${c.scale?.low}`;
    if (key === this.key) return;
    this.key = key;
    this.rows.clear();
    this.element.replaceChildren(...(c.scale ? this.ramp(c.scale) : this.list(c)));
  }

  private list({ classes, counted }: Colouring): HTMLElement[] {
    const rows = classes.slice(0, MOST).map(({ k, name, count, colour }) => {
      const value = ((k < 0 ? 255 : k % 255) + 0.5) / 256;
      const row = h<HTMLButtonElement>(
        "button.entry",
        { type: "button", title: `${name}: ${thousands(count)} items. Click to keep it lit.` },
        swatch(k, colour),
        name,
        counted ? h("span.number.faint", {}, thousands(count)) : null,
      );
      row.onpointerenter = row.onfocus = () => this.onFocus(value);
      row.onpointerleave = row.onblur = () => this.rest();
      row.onclick = () => this.onPin(this.pinned === String(k) ? "" : String(k));
      this.rows.set(String(k), { row, value });
      return row;
    });
    if (classes.length > MOST) rows.push(h("span.entry.faint", {}, `and ${classes.length - MOST} more`));
    return rows;
  }

  private ramp({ low, high, unit, ends, missing }: NonNullable<Colouring["scale"]>): HTMLElement[] {
    const bar = h("span.ramp");
    bar.style.background = `linear-gradient(to right, ${VIRIDIS.join(",")})`;
    const digits = (v: number) => {
      const isExtreme = Math.abs(v) >= 1e6 || high - low < 1e-3;
      const decimals = high - low < 0.1 ? 3 : high - low < 10 ? 1 : 0;
      return (isExtreme ? v.toPrecision(3) : v.toFixed(decimals)).replace("-", "−");
    };
    const title =
      "From the 1st to the 99th percentile" +
      (ends ? `; the items go from ${digits(ends[0])} to ${digits(ends[1])}` : "");
    const scale = h(
      "span.scale",
      { title },
      h("span.number", {}, digits(low)),
      bar,
      h("span.number", {}, `${digits(high)} ${unit}`.trim()),
    );
    if (!missing) return [scale];
    return [
      scale,
      h("span.entry", {}, swatch(-1, NO_CLASS), "no value ", h("span.number.faint", {}, thousands(missing))),
    ];
  }
}
