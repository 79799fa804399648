/** What the colours of a sigma picture mean: a ramp with its ends, and on it where the present picture lies. */

import { VIRIDIS } from "../contract";
import { h } from "../dom/elements";
import { ramp } from "../palette";

const STEPS = [1, 2, 5];
export const SIGMA_RAMP = ramp(VIRIDIS);

/** The first of 1, 2, 5 times a power of ten that is not below the value. */
export function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 1e-3)));
  return Number((power * (STEPS.find((k) => k * power >= value * (1 - 1e-6)) ?? 10)).toPrecision(1));
}

export class SigmaScale {
  readonly element: HTMLElement;
  top = 0; // the sigma of the brightest colour; it only grows, so that a colour keeps its meaning in a drag
  private end = h("span.number");
  private span = h("i");
  private value = h("span.number");

  /** `most`: the greatest there can be, where the likelihood has one; `onGrow`: the colours changed. */
  constructor(
    private most: number,
    private onGrow: () => void,
  ) {
    this.top = most;
    this.element = h(
      "div.sigmas",
      { role: "img" },
      h("span.number", {}, "0"),
      h("span.ramp", { style: `--ramp: linear-gradient(to right, ${VIRIDIS.join(",")})` }, this.span),
      this.end,
      h("span.everywhere", {}, this.value, " everywhere"),
    );
  }

  /** Begin anew, as when the mode was chosen. */
  reset(): void {
    this.top = this.most;
  }

  /** The colours reach so far, for this picture and all that follow. */
  reach(high: number): void {
    if (high <= this.top) return;
    const grows = this.top > 0;
    this.top = roundUp(high);
    if (grows) this.onGrow();
  }

  show(low: number, high: number): void {
    this.end.textContent = text(this.top);
    const share = (value: number) => `${((100 * value) / this.top).toFixed(1)}%`;
    this.span.style.left = share(low);
    this.span.style.right = `calc(100% - ${share(high)})`;
    const one = high - low < 5e-4;
    this.element.classList.toggle("one", one);
    this.value.textContent = one ? high.toPrecision(3) : "";
    const words = one
      ? `sigma is ${high.toPrecision(3)} in every pixel`
      : `sigma of this picture's pixels: ${fixed(low)} to ${fixed(high)}`;
    const limit = one ? "" : this.most ? ", the most that this likelihood allows" : ", which grows with what is seen";
    const end = `The colours end at ${text(this.top)}${limit}`;
    const title = `The standard deviation of p(x|z), where pixels run from 0 to 1; ${words}. ${end}`;
    if (this.element.title === title) return;
    this.element.title = this.element.ariaLabel = title;
  }
}

const fixed = (value: number) => value.toFixed(value < 9.995 ? 2 : 0);
const text = (value: number) => String(Number(value.toPrecision(2)));
