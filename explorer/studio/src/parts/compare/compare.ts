/** Compare: a second model beside the first, drawn after every move of the same hand, and what the two differ by. */

import { h, segments, tool } from "../../dom/elements";
import { bench, followed } from "../../dom/telemetry";
import type { Theme } from "../../dom/theme";
import { debounce } from "../../dom/timing";
import type { Picture } from "../../picture/picture";
import { Look } from "../../picture/render";
import type { Bundle, By, Comparison, Decoded, ModelInfo } from "../../types";
import { type Difference, difference, FULL, paintSigned, signedRamp, signedStops } from "./difference";
import { Second } from "./follower";
import { CompareMenu } from "./menu";
import { note, summary, table, unfold } from "./pairs";

const REST = 200; // ms without a picture until the words follow

export interface CompareHost {
  model: ModelInfo;
  bundle: Bundle;
  picture: Picture;
  wish(name: string, by: By): void; // tell Python
  matched(): void; // notes of the sliders may have changed
}

export class Compare {
  private menu: CompareMenu;
  private second: Second | null = null;
  private by: By = "picture";
  private about = "";
  private colours: Uint8Array = new Uint8Array(0);
  private apart: Difference | null = null;
  private shown: Decoded | null = null; // B's picture
  private look: Look | null = null; // how it is drawn: as A's
  private wanted: { z: Float32Array; x: Float32Array; at: number } | null = null;
  private busy = false;
  private other: HTMLCanvasElement;
  private map: HTMLCanvasElement;
  private value = h("output.number");
  private bar = h("span.ramp");
  private captions = [h("div.caption.a"), h("div.caption.b")];
  private how = h("p.how");
  private ways: ReturnType<typeof segments<By>>;
  private parts: HTMLElement[];
  private speak: ReturnType<typeof debounce>;

  constructor(private host: CompareHost) {
    const [, height, width] = host.model.shape;
    const canvas = () => h<HTMLCanvasElement>("canvas.pixels", { width, height, role: "img" });
    this.menu = new CompareMenu((name) => host.wish(name, name === host.model.name ? "numbers" : "picture"));
    host.picture.header.append(this.menu.element);
    [this.other, this.map] = [canvas(), canvas()];
    this.ways = segments<By>(
      "Where z of B comes from",
      [
        {
          value: "picture",
          text: "picture",
          title: "A's decoded picture goes through B's encoder, so that both draw the same thing",
        },
        {
          value: "numbers",
          text: "numbers",
          title: "z is copied: each latent of B takes the value of its counterpart in A, with sign and scale",
        },
      ],
      (by) => host.wish(this.second!.model.name, by),
    );
    const ends = (v: number) => h("span.number", {}, v > 0 ? `+${v}` : `−${-v}`);
    this.parts = [
      this.captions[0],
      stage("b", this.other),
      this.captions[1],
      stage("d", this.map),
      h(
        "div.apart",
        {},
        h(
          "div.measure",
          { title: "The mean of |B − A| over all pixels, as a share of the range from black to white" },
          h("span", {}, "mean |B − A|"),
          this.value,
        ),
        h(
          "div.key",
          { title: `Paper: no difference. Full colour: ${FULL} of the range, or more` },
          h("div.line", {}, ends(-FULL), this.bar, ends(FULL)),
          h("div.line.faint", {}, h("span", {}, "B darker"), h("span", {}, "same"), h("span", {}, "B brighter")),
        ),
        h("div.from", {}, h("span.faint", {}, "z of B from the same"), this.ways.element, this.how),
      ),
    ];
    this.speak = debounce(REST, () => this.say());
    host.picture.onDraw(() => this.ask());
    host.picture.onLook(() => this.relook());
  }

  update(now: Comparison | null, theme: Theme): void {
    if (!now) return;
    this.menu.show(now);
    this.about = now.about;
    this.paper(theme);
    if (now.other?.digest !== this.second?.model.digest || now.other?.name !== this.second?.model.name)
      this.change(now);
    if (this.second && now.by !== this.by) this.take(now.by);
  }

  /** A sentence for a slider's tooltip. */
  note(dim: number): string {
    const m = this.by === "numbers" && this.second?.matching;
    return m ? note(m, dim, this.second!.model) : "";
  }

  destroy(): void {
    this.speak.cancel();
    this.end();
  }

  private change({ other, choices, by }: Comparison): void {
    this.end();
    const { element } = this.host.picture;
    element.classList.toggle("comparing", Boolean(other));
    for (const part of this.parts) part.remove();
    if (!other) return this.host.matched();
    const second = (this.second = new Second(this.host.model, other, this.host.bundle));
    this.look = new Look(other, this.host.picture.scale);
    this.captions[0].replaceChildren(...caption("A", this.host.model.title, this.about));
    this.captions[1].replaceChildren(
      ...caption("B", other.title, choices.find((c) => c.name === other.name)?.about ?? ""),
      tool("close", "End the comparison", () => this.host.wish("", this.by)),
    );
    element.querySelector(".stage")!.after(...this.parts);
    this.take(by);
    void second.matched.then(() => this.second === second && this.take(this.by));
    this.relook();
  }

  private end(): void {
    this.second?.close();
    this.second = this.apart = this.shown = this.wanted = bench.second = null;
    this.busy = false;
    this.value.textContent = "";
  }

  /** The way to B's z; its own encoder's, as long as there is no matching. */
  private take(by: By): void {
    const { matching, unmatched, model } = this.second!;
    this.by = by;
    this.ways.set(unmatched ? "picture" : by);
    const [, copied] = this.ways.element.querySelectorAll("button");
    copied.disabled = Boolean(unmatched);
    this.how.title = unmatched;
    if (unmatched) this.how.replaceChildren(`Not from the same numbers: ${unmatched}`);
    else if (by === "picture")
      this.how.replaceChildren(
        this.itself()
          ? "What B draws is A's picture after a round trip through the encoder."
          : "B's encoder sees what A draws.",
      );
    else if (matching) this.how.replaceChildren(unfold(table(matching, this.host.model, model), summary(matching)));
    this.host.matched();
    this.ask();
  }

  private itself(): boolean {
    return this.second?.model.digest === this.host.model.digest;
  }

  /** A is drawn: B follows, one picture at a time and the newest next, so that no haste starves it. */
  private ask(): void {
    const { shown, shownZ, shownAt } = this.host.picture;
    if (!this.second || !shown || !shownZ) return;
    this.wanted = { z: shownZ, x: shown, at: shownAt };
    if (!this.busy) void this.pump(this.second);
  }

  private async pump(second: Second): Promise<void> {
    this.busy = true;
    while (this.wanted && this.second === second) {
      const { z, x, at } = this.wanted;
      this.wanted = null;
      const found = await second.follow(z, x, this.by, this.look!.whole);
      if (this.second !== second) return;
      if (found) this.draw(x, found, at);
      else this.value.textContent = "no answer";
    }
    this.busy = false;
  }

  private draw(x: Float32Array, found: Decoded & { z: Float32Array }, at: number): void {
    const apart = (this.apart = difference(x, found.x, this.host.model.shape[0]));
    this.shown = found;
    this.paint();
    this.value.textContent = percent(apart.mean);
    followed(at, { picture: found.x, z: Array.from(found.z), mean: apart.mean, differing: apart.differing });
    this.speak();
  }

  private paint(): void {
    if (!this.second || !this.shown || !this.apart) return;
    put(this.other, (out) => this.look!.draw(this.shown!, out));
    put(this.map, (out) => paintSigned(this.apart!.signed, this.colours, out));
  }

  /** Both canvases stand like the first: its size, its pixels, its mode. */
  private relook(): void {
    const { mode, seed } = this.host.picture;
    this.look?.set(mode, seed);
    if (this.shown && !this.look?.shows(this.shown)) this.ask();
    for (const canvas of [this.other, this.map]) canvas.style.cssText = this.host.picture.canvas.style.cssText;
    this.paint();
  }

  private paper({ dark, paper }: Theme): void {
    const stops = signedStops(dark, paper);
    this.colours = signedRamp(stops);
    this.bar.style.background = `linear-gradient(to right, ${stops.join(",")})`;
    this.paint();
  }

  /** At rest: what a screen reader reads. */
  private say(): void {
    if (!this.second || !this.apart) return;
    const { mean, brighter, darker } = this.apart;
    this.other.ariaLabel = `The same through B, ${this.second.model.title}`;
    this.map.ariaLabel = `Difference of B and A: ${percent(mean)} of the range on average; B is brighter in ${percent(brighter)} of the pixels and darker in ${percent(darker)}`;
  }
}

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

const stage = (which: string, canvas: HTMLCanvasElement) =>
  h(`div.stage.${which}`, {}, h("div.frame.thin", {}, canvas));

const caption = (letter: string, title: string, about: string) => [
  h("b", {}, letter),
  h("span.words", {}, h("span", { title }, title), h("span.faint", { title: about }, about)),
];

function put(canvas: HTMLCanvasElement, write: (out: Uint8ClampedArray) => void): void {
  const context = canvas.getContext("2d")!;
  const image = context.createImageData(canvas.width, canvas.height);
  write(image.data);
  context.putImageData(image, 0, 0);
}
