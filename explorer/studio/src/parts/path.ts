/** A path: its line on the map, its strip, one picture that follows the scrubber. A click on the map picks an end. */

import { effect, type Signal, signal, untracked } from "@preact/signals-core";
import type { PathData, View } from "../contract";
import { h, icon, type Segments, segments, tool } from "../dom/elements";
import { telemetry } from "../dom/telemetry";
import { readTheme, reducesMotion, type Theme } from "../dom/theme";
import { debounce } from "../dom/timing";
import type { OverlayState } from "../map/overlay";
import { MapPanel } from "../map/panel/panel";
import { NeighbourSearch } from "../neighbours/neighbours";
import type { Decoder } from "../net/decoder";
import { type Latents, row } from "../net/latents";
import { openDecoder } from "../net/open";
import { RoundTrip } from "../net/roundtrip";
import { Items } from "../picture/items";
import { Nearest } from "../picture/nearest";
import { Picture } from "../picture/picture";
import { sheet } from "../picture/pixels";
import { Cursor } from "../state/cursor";
import { startView, withChange } from "../state/view";
import { copyButton } from "../take/copy";
import { pythonOfPath } from "../take/python";
import type { Part, Renderer } from "../types";
import { boot, type Content } from "./boot";
import { Strip } from "./strip";

const REST = 200; // ms until the place where the scrubber rests is reported to Python
const LAP = 5000; // ms there and back

const NO_PATH = "There is no path to draw: this model has no encoded items beside it. `vae project` makes them.";

type End = "a" | "b";

export const path = (first: Renderer<PathData>): Part<PathData> =>
  boot(first, (root, latents, renderer) => {
    if (latents) return new Path(root, latents, renderer);
    root.append(h("p.empty", {}, NO_PATH));
    return { update() {}, destroy() {} };
  });

class Path implements Content<PathData> {
  private cursor: Cursor;
  private decoder: Decoder;
  private theme: Signal<Theme>;
  private picture: Picture;
  private map: MapPanel;
  private nearest: Nearest;
  private search: NeighbourSearch;
  private strip: Strip;
  private frames: Float32Array[] = [];
  private places: [number, number][] = []; // of the frames on the map
  private view: Signal<View>;
  private at: number; // of the scrubber, 0 to n - 1
  private seq: number;
  private end: End = "a"; // that the next click picks
  private ends: Segments<End>;
  private play: HTMLButtonElement;
  private playFrame = 0;
  private stripStop: AbortController | null = null;
  private reportSoon = debounce(REST, () => this.report());
  private stop: (() => void)[];

  constructor(
    private root: HTMLElement,
    private latents: Latents,
    private renderer: () => Renderer<PathData>,
  ) {
    const { data } = renderer();
    const { model, bundle } = data;
    this.theme = signal(readTheme(root));
    this.at = data.at;
    this.seq = data.seq;
    this.view = signal(startView(data.view, model, latents));
    this.decoder = openDecoder(model, bundle);
    this.cursor = new Cursor(Float32Array.from(data.frames[0]));
    this.search = new NeighbourSearch(latents, bundle);
    this.picture = new Picture(
      model,
      this.decoder,
      this.cursor,
      (mode) => this.changeView({ mode }),
      (seed) => this.changeView({ seed }),
    );
    const items = new Items(model, latents, this.decoder);
    this.nearest = this.buildNearest(items, data);
    this.map = this.buildMap(items, data);
    this.ends = this.buildEnds();
    this.play = tool("play_arrow", "Play", () => this.togglePlay());
    this.strip = this.buildStrip(data);
    this.picture.element.append(this.nearest.element);
    const top = h("div.top.path", {}, this.map.element, this.picture.element);
    root.append(top, h("footer.reel", {}, this.strip.element));
    this.stop = this.followState();
    this.map.goToCameras();
  }

  update(data: PathData): void {
    this.theme.value = readTheme(this.root);
    this.root.classList.toggle("dark", this.theme.value.dark);
    this.root.classList.toggle("presented", data.stage);
    this.strip.setTallest(data.stage);
    const frames = data.frames.map((frame) => Float32Array.from(frame));
    const isSame = frames.length === this.frames.length && frames.every((frame, i) => equals(frame, this.frames[i]));
    this.strip.setFrames(frames.length, data.labels);
    if (data.seq > this.seq) this.follow(data);
    else if (isSame) return;
    // The scrubber keeps its share of the way when the number of pictures changes.
    const last = this.frames.length > 1 ? this.frames.length - 1 : frames.length - 1;
    const share = Math.min(1, this.at / last);
    this.frames = frames;
    this.scrub(share * (frames.length - 1), false, performance.now());
    void this.decodeStrip();
    void this.placeLine();
  }

  destroy(): void {
    cancelAnimationFrame(this.playFrame);
    this.reportSoon.now();
    this.stripStop?.abort();
    for (const stop of this.stop) stop();
    this.strip.destroy();
    this.picture.destroy();
    this.nearest.destroy();
    this.map.destroy();
    this.search.close();
  }

  private buildNearest(items: Items, { model, bundle }: PathData): Nearest {
    const { cursor, decoder, latents, picture, search } = this;
    const roundTrip = new RoundTrip(model, bundle, decoder, latents, search.used);
    const goTo = (item: number) => this.pick(row(latents, item), item);
    return new Nearest({ latents, items, search, cursor, picture, roundTrip, goTo });
  }

  private buildMap(items: Items, { model }: PathData): MapPanel {
    const { cursor, decoder, latents, search } = this;
    const host = {
      ...{ model, latents, decoder, items, search, cursor },
      name: (dim: number) => this.renderer().data.model.names[dim] || `z${dim}`,
      theme: () => this.theme.value,
      neighbourhood: () => this.nearest.neighbourhood,
      keepLocks: (z: Float32Array) => z,
      choose: (z: Float32Array, item: number) => this.pick(item < 0 ? z : row(latents, item), item),
    };
    return new MapPanel(host, this.view, (change) => this.changeView(change));
  }

  private buildEnds(): Segments<End> {
    const choices: { value: End; text: string }[] = [
      { value: "a", text: "pick A" },
      { value: "b", text: "pick B" },
    ];
    const ends = segments<End>("A click on the map picks", choices, (end) => this.setEnd(end));
    ends.set(this.end);
    this.map.element.querySelector("header .stretch")!.before(ends.element);
    return ends;
  }

  private buildStrip({ model }: PathData): Strip {
    const copy = copyButton("code", "Copy the path as Python", () => this.python());
    const buttons = h("span", {}, this.play, copy);
    return new Strip(model, (at, rests, time) => this.scrub(at, rests, time), buttons);
  }

  private followState(): (() => void)[] {
    return [
      effect(() => {
        const { mode, seed } = this.view.value;
        untracked(() => this.picture.setMode(mode, seed));
      }),
      effect(() => {
        void this.map.field.space.value; // another map, another line
        untracked(() => void this.placeLine());
      }),
    ];
  }

  /** Python moved the view and the scrubber. */
  private follow({ seq, at, view, model }: PathData): void {
    this.seq = seq;
    this.frames = []; // so that the scrubber stands where Python says, not at its share of the way
    this.at = at;
    this.view.value = startView({ seed: this.view.value.seed, ...view }, model, this.latents);
    this.map.goToCameras();
  }

  private scrub(at: number, rests: boolean, time: number): void {
    this.at = at;
    const i = Math.min(this.frames.length - 2, Math.floor(at));
    const t = at - i;
    const [a, b] = [this.frames[i], this.frames[i + 1]];
    this.strip.show(at);
    this.showDot();
    const z = a.map((v, d) => v + t * (b[d] - v));
    this.cursor.committed = z; // leaving the map returns to it
    this.cursor.preview(z, "slider", time);
    if (rests) this.reportSoon();
  }

  private showDot(): void {
    const i = Math.min(this.places.length - 2, Math.floor(this.at));
    if (i < 0) return;
    const [a, b, t] = [this.places[i], this.places[i + 1], this.at - i];
    this.map.field.overlay.setDot([a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])], false);
  }

  private async decodeStrip(): Promise<void> {
    this.stripStop?.abort();
    this.stripStop = new AbortController();
    const { signal } = this.stripStop;
    const x = await this.decoder.idle(flat(this.frames), signal);
    if (!x || signal.aborted) return;
    telemetry.strip = x;
    this.strip.setPictures(sheet(x, this.frames.length, this.renderer().data.model));
  }

  /** Where every frame lies on this map, and the line through them. */
  private async placeLine(): Promise<void> {
    const { frames } = this;
    if (!frames.length) return;
    const { space, overlay } = this.map.field;
    const map = space.value;
    const near = map.exact ? null : await this.search.several(flat(frames));
    if (frames !== this.frames || map !== space.value) return;
    this.places = frames.flatMap((z, i) => {
      const at = map.place(z, near?.[i] ?? null);
      return at ? [at] : [];
    });
    overlay.state.line = this.places;
    overlay.state.marks = endMarks(this.places);
    overlay.drawSoon();
    this.showDot();
  }

  private setEnd(end: End): void {
    this.end = end;
    this.ends.set(end);
  }

  private pick(z: Float32Array, item: number): void {
    const { data, setStateValue } = this.renderer();
    const { digest } = data.model;
    const point = { z: Array.from(z), item: item < 0 ? null : item };
    setStateValue("pick", { digest, which: this.end, ...point, number: Date.now() });
    this.setEnd(this.end === "a" ? "b" : "a");
  }

  private changeView(change: Partial<View>): void {
    this.view.value = withChange(this.view.value, change);
    const { data, setStateValue } = this.renderer();
    setStateValue("view", { digest: data.model.digest, seq: this.seq, view: this.view.value });
  }

  private togglePlay(): void {
    const on = !this.playFrame;
    this.play.replaceChildren(icon(on ? "pause" : "play_arrow"));
    cancelAnimationFrame(this.playFrame);
    this.playFrame = 0;
    if (!on) return this.reportSoon();
    const last = this.frames.length - 1;
    const start = performance.now() - (LAP / 2) * (this.at / last);
    const step = (now: number) => {
      const turn = ((now - start) / LAP) % 1;
      this.scrub(last * (reducesMotion() ? turn : (1 - Math.cos(2 * Math.PI * turn)) / 2), false, now);
      this.playFrame = requestAnimationFrame(step);
    };
    this.playFrame = requestAnimationFrame(step);
  }

  private python(): string {
    const { model, mode } = this.renderer().data;
    return pythonOfPath(model, this.frames[0], this.frames.at(-1)!, this.frames.length, mode);
  }

  private report(): void {
    const { data, setStateValue } = this.renderer();
    setStateValue("at", { digest: data.model.digest, seq: this.seq, at: this.at });
  }
}

function endMarks(places: [number, number][]): OverlayState["marks"] {
  if (places.length < 2) return [];
  return [
    { at: places[0], label: "A", kind: "anchor" },
    { at: places[places.length - 1], label: "B", kind: "anchor" },
  ];
}

const equals = (a: Float32Array, b: Float32Array) => a.every((v, d) => v === b[d]);

function flat(rows: Float32Array[]): Float32Array {
  const out = new Float32Array(rows.length * rows[0].length);
  for (const [i, part] of rows.entries()) out.set(part, i * part.length);
  return out;
}
