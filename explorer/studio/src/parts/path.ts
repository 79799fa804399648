/** A path: its line on the map, its strip, one picture that follows the scrubber. Clicking the map picks an end. */

import { h, icon, segments, tool } from "../dom/elements";
import { bench } from "../dom/telemetry";
import { calm, readTheme, type Theme } from "../dom/theme";
import { debounce } from "../dom/timing";
import { MapPanel } from "../map/panel/panel";
import { Near } from "../neighbours/neighbours";
import type { Decoder } from "../net/decoder";
import { type Latents, row } from "../net/latents";
import { openDecoder } from "../net/open";
import { RoundTrip } from "../net/roundtrip";
import { Items } from "../picture/items";
import { Around } from "../picture/nearest";
import { Picture } from "../picture/picture";
import { sheet } from "../picture/pixels";
import { Hand } from "../state/cursor";
import { changed, startView } from "../state/view";
import { copier } from "../take/copy";
import { pythonOfPath } from "../take/python";
import type { Part, PathData, Renderer, View } from "../types";
import { boot } from "./boot";
import { Strip } from "./strip";

const REST = 200; // ms until Python hears where the scrubber rests
const LAP = 5000; // ms there and back

export const path = (first: Renderer<PathData>): Part<PathData> =>
  boot(first, (root, latents, renderer) => {
    if (latents) return new Path(root, latents, renderer);
    root.append(
      h(
        "p.empty",
        {},
        "There is no path to draw: this model has no encoded items beside it. `vae project` makes them.",
      ),
    );
    return { update() {}, destroy() {} };
  });

class Path {
  private hand: Hand;
  private decoder: Decoder;
  private theme: Theme;
  private picture: Picture;
  private map: MapPanel;
  private around: Around;
  private near: Near;
  private strip: Strip;
  private frames: Float32Array[] = [];
  private places: [number, number][] = [];
  private view: View;
  private at: number;
  private seq: number;
  private which: "a" | "b" = "a";
  private ends: ReturnType<typeof segments<"a" | "b">>;
  private play: HTMLButtonElement;
  private playing = 0;
  private stop: AbortController | null = null;
  private tell: ReturnType<typeof debounce>;

  constructor(
    private root: HTMLElement,
    private latents: Latents,
    private renderer: () => Renderer<PathData>,
  ) {
    const { data } = renderer();
    const { model, bundle } = data;
    this.theme = readTheme(root);
    this.at = data.at;
    this.seq = data.seq;
    this.view = startView(data.view, model, latents);
    this.decoder = openDecoder(model, bundle);
    this.hand = new Hand(Float32Array.from(data.frames[0]));
    const items = new Items(model, latents, this.decoder);
    this.near = new Near(latents, bundle);
    this.picture = new Picture(
      model,
      this.decoder,
      this.hand,
      (mode) => this.look({ mode }),
      (seed) => this.look({ seed }),
    );
    this.picture.setMode(this.view.mode, this.view.seed);
    this.around = new Around(
      latents,
      items,
      this.near,
      this.hand,
      this.picture,
      new RoundTrip(model, bundle, this.decoder, latents, this.near.used),
      (item) => this.pick(row(latents, item), item),
    );
    this.picture.element.append(this.around.element);
    const name = (dim: number) => this.renderer().data.model.names[dim] || `z${dim}`;
    this.map = new MapPanel(
      {
        model,
        latents,
        decoder: this.decoder,
        items,
        asker: this.near,
        hand: this.hand,
        name,
        theme: () => this.theme,
        near: () => this.around.near,
        guard: (z) => z,
        chosen: (z, item) => this.pick(item < 0 ? z : row(latents, item), item),
      },
      (change) => this.look(change),
    );
    this.ends = segments(
      "A click on the map picks",
      [
        { value: "a", text: "pick A" },
        { value: "b", text: "pick B" },
      ],
      (which) => this.aim(which),
    );
    this.map.field.onSpace = () => void this.placeLine();
    this.map.element.querySelector("header .stretch")!.before(this.ends.element);
    this.aim("a");
    this.play = tool("play_arrow", "Play", () => this.togglePlay());
    this.strip = new Strip(
      model,
      (at, rests, time) => this.scrub(at, rests, time),
      h(
        "span",
        {},
        this.play,
        copier("code", "Copy the path as Python", () => this.python()),
      ),
    );
    root.append(
      h("div.top.path", {}, this.map.element, this.picture.element),
      h("footer.reel", {}, this.strip.element),
    );
    this.tell = debounce(REST, () => this.send());
    this.map.setView(this.view);
    this.map.goThere();
  }

  update(data: PathData): void {
    const was = this.theme.dark;
    this.theme = readTheme(this.root);
    if (was !== this.theme.dark) this.map.setView(this.view);
    this.root.classList.toggle("dark", this.theme.dark);
    this.root.classList.toggle("presented", data.stage);
    this.strip.setTallest(data.stage);
    const frames = data.frames.map((frame) => Float32Array.from(frame));
    const same =
      frames.length === this.frames.length && frames.every((f, i) => f.every((v, d) => v === this.frames[i][d]));
    this.strip.setFrames(frames.length, data.labels);
    if (data.seq > this.seq) this.follow(data);
    else if (same) return;
    // The scrubber keeps its share of the way when the number of pictures changes.
    const share = this.frames.length > 1 ? this.at / (this.frames.length - 1) : this.at / (frames.length - 1);
    this.frames = frames;
    this.scrub(Math.min(1, share) * (frames.length - 1), false, performance.now());
    void this.decodeStrip();
    void this.placeLine();
  }

  /** Python moved the view and the scrubber. */
  private follow(data: PathData): void {
    this.seq = data.seq;
    this.frames = []; // so that the scrubber stands where it is told, not at its share of the way
    this.at = data.at;
    this.view = startView({ seed: this.view.seed, ...data.view }, data.model, this.latents);
    this.map.setView(this.view);
    this.map.goThere();
    this.picture.setMode(this.view.mode, this.view.seed);
  }

  destroy(): void {
    cancelAnimationFrame(this.playing);
    this.tell.now();
    this.stop?.abort();
    this.strip.destroy();
    this.picture.destroy();
    this.around.destroy();
    this.map.destroy();
    this.near.close();
  }

  private scrub(at: number, rests: boolean, time: number): void {
    this.at = at;
    const i = Math.min(this.frames.length - 2, Math.floor(at));
    const t = at - i;
    const [a, b] = [this.frames[i], this.frames[i + 1]];
    this.strip.show(at);
    this.showDot();
    const z = a.map((v, d) => v + t * (b[d] - v));
    this.hand.committed = z; // leaving the map returns to it
    this.hand.preview(z, "slider", time);
    if (rests) this.tell();
  }

  private showDot(): void {
    const i = Math.min(this.places.length - 2, Math.floor(this.at));
    if (i < 0) return;
    const [a, b, t] = [this.places[i], this.places[i + 1], this.at - i];
    this.map.field.overlay.setDot([a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])], false);
  }

  private async decodeStrip(): Promise<void> {
    this.stop?.abort();
    const stop = (this.stop = new AbortController());
    const x = await this.decoder.idle(flat(this.frames), stop.signal);
    if (!x || stop.signal.aborted) return;
    bench.strip = x;
    this.strip.setPictures(sheet(x, this.frames.length, this.renderer().data.model));
  }

  /** Where every frame lies on this map, and the line through them. */
  private async placeLine(): Promise<void> {
    const { frames } = this;
    if (!frames.length) return;
    const { space, overlay } = this.map.field;
    const near = space.exact ? null : await this.near.several(flat(frames));
    if (frames !== this.frames || space !== this.map.field.space) return;
    this.places = frames.flatMap((z, i) => {
      const place = space.place(z, near?.[i] ?? null);
      return place ? [place] : [];
    });
    overlay.state.line = this.places;
    overlay.state.marks =
      this.places.length < 2
        ? []
        : [
            { at: this.places[0], label: "A", kind: "anchor" },
            { at: this.places.at(-1)!, label: "B", kind: "anchor" },
          ];
    overlay.soon();
    this.showDot();
  }

  private aim(which: "a" | "b"): void {
    this.which = which;
    this.ends.set(which);
  }

  private pick(z: Float32Array, item: number): void {
    const { data, setStateValue } = this.renderer();
    setStateValue("pick", {
      digest: data.model.digest,
      which: this.which,
      z: Array.from(z),
      item: item < 0 ? null : item,
      number: Date.now(),
    });
    this.aim(this.which === "a" ? "b" : "a");
  }

  private look(change: Partial<View>): void {
    this.view = changed(this.view, change);
    this.map.setView(this.view);
    this.picture.setMode(this.view.mode, this.view.seed);
    const { data, setStateValue } = this.renderer();
    setStateValue("view", { digest: data.model.digest, seq: this.seq, view: this.view });
  }

  private togglePlay(): void {
    const on = !this.playing;
    this.play.replaceChildren(icon(on ? "pause" : "play_arrow"));
    cancelAnimationFrame(this.playing);
    this.playing = 0;
    if (!on) return this.tell();
    const last = this.frames.length - 1;
    const start = performance.now() - (LAP / 2) * (this.at / last);
    const step = (now: number) => {
      const turn = ((now - start) / LAP) % 1;
      this.scrub(last * (calm() ? turn : (1 - Math.cos(2 * Math.PI * turn)) / 2), false, now);
      this.playing = requestAnimationFrame(step);
    };
    this.playing = requestAnimationFrame(step);
  }

  private python(): string {
    const { model, mode } = this.renderer().data;
    return pythonOfPath(model, this.frames[0], this.frames.at(-1)!, this.frames.length, mode);
  }

  private send(): void {
    const { data, setStateValue } = this.renderer();
    setStateValue("at", { digest: data.model.digest, seq: this.seq, at: this.at });
  }
}

function flat(rows: Float32Array[]): Float32Array {
  const out = new Float32Array(rows.length * rows[0].length);
  rows.forEach((r, i) => out.set(r, i * r.length));
  return out;
}
