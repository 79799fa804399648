/** What Compare shows under the picture: B's picture, the difference in colours, where z of B comes from. */

import type { By } from "../../contract";
import { h, type Segments, segments, tool } from "../../dom/elements";
import type { Theme } from "../../dom/theme";
import { type Difference, FULL, paintSigned, signedRamp, signedStops } from "./difference";

const TITLES = {
  picture: "A's decoded picture goes through B's encoder, so that both draw the same thing",
  numbers: "z is copied: each latent of B takes the value of its counterpart in A, with sign and scale",
  measure: "The mean of |B − A| over all pixels, as a share of the range from black to white",
  key: `Paper: no difference. Full colour: ${FULL} of the range, or more`,
};

export class CompareView {
  readonly parts: HTMLElement[]; // one below the other
  private other: HTMLCanvasElement; // B's picture
  private map: HTMLCanvasElement; // of the difference
  private mean = h("output.number");
  private ramp = h("span.ramp");
  private colours: Uint8Array = new Uint8Array(0);
  private captions = [h("div.caption.a"), h("div.caption.b")];
  private explanation = h("p.how");
  private ways: Segments<By>;

  constructor([, height, width]: [number, number, number], onWay: (by: By) => void) {
    const canvas = () => h<HTMLCanvasElement>("canvas.pixels", { width, height, role: "img" });
    [this.other, this.map] = [canvas(), canvas()];
    const choices: { value: By; text: string; title: string }[] = [
      { value: "picture", text: "picture", title: TITLES.picture },
      { value: "numbers", text: "numbers", title: TITLES.numbers },
    ];
    this.ways = segments<By>("Where z of B comes from", choices, onWay);
    const [a, b] = this.captions;
    this.parts = [a, stage("b", this.other), b, stage("d", this.map), this.legend()];
  }

  setCaptions(a: [title: string, about: string], b: [title: string, about: string], onClose: () => void): void {
    this.captions[0].replaceChildren(...caption("A", ...a));
    this.captions[1].replaceChildren(...caption("B", ...b), tool("close", "End the comparison", onClose));
  }

  /** The way to B's z; `reason`: why it cannot be its numbers. */
  setWay(by: By, reason: string, explanation: string | HTMLElement): void {
    this.ways.set(reason ? "picture" : by);
    const [, numbers] = this.ways.element.querySelectorAll("button");
    numbers.disabled = Boolean(reason);
    this.explanation.title = reason;
    if (explanation) this.explanation.replaceChildren(explanation);
  }

  setTheme({ dark, paper }: Theme): void {
    const stops = signedStops(dark, paper);
    this.colours = signedRamp(stops);
    this.ramp.style.background = `linear-gradient(to right, ${stops.join(",")})`;
  }

  /** Both canvases stand like the first picture: its size, its pixels. */
  setStyle(style: string): void {
    for (const canvas of [this.other, this.map]) canvas.style.cssText = style;
  }

  setMean(text: string): void {
    this.mean.textContent = text;
  }

  paint(drawOther: (out: Uint8ClampedArray) => void, { signed }: Difference): void {
    put(this.other, drawOther);
    put(this.map, (out) => paintSigned(signed, this.colours, out));
  }

  /** What a screen reader reads. */
  describe(title: string, { mean, brighter, darker }: Difference): void {
    const [more, less] = [percent(brighter), percent(darker)];
    this.other.ariaLabel = `The same through B, ${title}`;
    this.map.ariaLabel =
      `Difference of B and A: ${percent(mean)} of the range on average; ` +
      `B is brighter in ${more} of the pixels and darker in ${less}`;
  }

  private legend(): HTMLElement {
    const end = (v: number) => h("span.number", {}, v > 0 ? `+${v}` : `−${-v}`);
    const words = ["B darker", "same", "B brighter"].map((word) => h("span", {}, word));
    return h(
      "div.apart",
      {},
      h("div.measure", { title: TITLES.measure }, h("span", {}, "mean |B − A|"), this.mean),
      h(
        "div.key",
        { title: TITLES.key },
        h("div.line", {}, end(-FULL), this.ramp, end(FULL)),
        h("div.line.faint", {}, ...words),
      ),
      h("div.from", {}, h("span.faint", {}, "z of B from the same"), this.ways.element, this.explanation),
    );
  }
}

export const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

const stage = (spec: string, canvas: HTMLCanvasElement) => h(`div.stage.${spec}`, {}, h("div.frame.thin", {}, canvas));

const caption = (letter: string, title: string, about: string) => [
  h("b", {}, letter),
  h("span.words", {}, h("span", { title }, title), h("span.faint", { title: about }, about)),
];

function put(canvas: HTMLCanvasElement, draw: (out: Uint8ClampedArray) => void): void {
  const context = canvas.getContext("2d")!;
  const image = context.createImageData(canvas.width, canvas.height);
  draw(image.data);
  context.putImageData(image, 0, 0);
}
