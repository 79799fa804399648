/** The studio: map, picture and sliders around one z, and what is reported to Python when it rests. */

import { effect, type Signal, signal, untracked } from "@preact/signals-core";
import type { StudioData, View } from "../contract";
import { h } from "../dom/elements";
import { telemetry } from "../dom/telemetry";
import { readTheme, reducesMotion, type Theme } from "../dom/theme";
import { debounce } from "../dom/timing";
import { MapPanel } from "../map/panel/panel";
import { NeighbourSearch } from "../neighbours/neighbours";
import type { Decoder } from "../net/decoder";
import { exampleItem, type Latents, row } from "../net/latents";
import { openDecoder } from "../net/open";
import { RoundTrip } from "../net/roundtrip";
import { Filmstrip } from "../picture/filmstrip";
import { Items } from "../picture/items";
import { Nearest } from "../picture/nearest";
import { Picture } from "../picture/picture";
import { SliderPanel } from "../sliders/panel";
import { Cursor } from "../state/cursor";
import { readDimensions, startView, withChange, writeDimensions } from "../state/view";
import { Share } from "../take/share";
import type { Part, Renderer } from "../types";
import { boot, type Content } from "./boot";
import { Compare } from "./compare/compare";
import { Keys } from "./keys";
import { Latency } from "./latency";

const GLIDE = 300; // ms from one step of a presentation to the next
const REST = 150; // ms after the last commit until it is reported to Python

const NO_MAP =
  "There is no map: this model has no encoded items beside it. `vae project` makes them. The sliders work without.";

export const studio = (first: Renderer<StudioData>): Part<StudioData> =>
  boot(first, (root, latents, renderer) => new Studio(root, latents, renderer));

/** The parts that need encoded items. */
interface MapSide {
  search: NeighbourSearch;
  nearest: Nearest;
  panel: MapPanel;
}

class Studio implements Content<StudioData> {
  private cursor: Cursor;
  private seq: number;
  private view: Signal<View>;
  private names: Signal<Record<string, string>>;
  private theme: Signal<Theme>;
  private locks: Set<number>;
  private decoder: Decoder;
  private picture: Picture;
  private compare: Compare;
  private panel: SliderPanel;
  private map: MapSide | null;
  private film: Filmstrip;
  private latency = new Latency();
  private keys: Keys;
  private glideFrame = 0;
  private reportSoon = debounce(REST, () => this.report());
  private stop: () => void;

  constructor(
    private root: HTMLElement,
    private latents: Latents | null,
    private renderer: () => Renderer<StudioData>,
  ) {
    const { data } = renderer();
    const { model, bundle } = data;
    this.theme = signal(readTheme(root));
    this.decoder = openDecoder(model, bundle);
    this.cursor = new Cursor(startPoint(data, latents));
    this.seq = data.seq;
    this.names = signal({ ...model.names });
    this.view = signal(startView(data.view, model, latents));
    this.locks = new Set(readDimensions(this.view.value.locks, model));
    this.picture = new Picture(
      model,
      this.decoder,
      this.cursor,
      (mode) => this.changeView({ mode }),
      (seed) => this.changeView({ seed }),
    );
    this.stop = effect(() => {
      const { mode, seed } = this.view.value;
      untracked(() => this.picture.setMode(mode, seed));
    });
    this.compare = this.buildCompare(data);
    this.panel = this.buildSliders(data);
    this.film = new Filmstrip(model, this.cursor, this.picture);
    this.map = latents && this.buildMap(latents, data);
    root.append(...this.layOut(data));
    this.cursor.onMove(() => {
      telemetry.z = Array.from(this.cursor.live);
    });
    this.cursor.onCommit(() => this.reportSoon());
    this.keys = this.buildKeys();
    this.map?.panel.goToCameras();
    void this.decoder.ready.then(() => this.begin());
  }

  update(data: StudioData): void {
    const theme = readTheme(this.root);
    this.theme.value = theme;
    this.root.classList.toggle("dark", theme.dark);
    this.panel.sliders.setTheme(theme);
    this.map?.panel.setMarks(data.marks);
    this.compare.update(data.compare, theme);
    this.setStage(data.stage);
    if (data.seq <= this.seq) return;
    this.seq = data.seq;
    this.follow(data);
    this.setStage(data.stage);
    if (data.z) this.goTo(Float32Array.from(data.z), data.stage);
    this.reportSoon.cancel(); // Python knows
  }

  destroy(): void {
    cancelAnimationFrame(this.glideFrame);
    this.reportSoon.now();
    this.keys.destroy();
    this.stop();
    this.panel.destroy();
    this.film.destroy();
    this.picture.destroy();
    this.compare.destroy();
    this.map?.nearest.destroy();
    this.latency.destroy();
    this.map?.panel.destroy();
    this.map?.search.close();
  }

  private buildCompare({ model, bundle }: StudioData): Compare {
    return new Compare({
      model,
      bundle,
      picture: this.picture,
      onMatching: () => this.panel.sliders.refresh(),
      request: (name, by) => this.renderer().setTriggerValue("compare", { digest: model.digest, name, by }),
    });
  }

  private buildSliders({ model }: StudioData): SliderPanel {
    const host = {
      cursor: this.cursor,
      latents: this.latents,
      name: this.name,
      rename: (dim: number, text: string) => this.rename(dim, text),
      isLocked: (dim: number) => this.locks.has(dim),
      lock: (dim: number, on: boolean) => this.lock(dim, on),
      choose: (dim: number) => this.panel.sliders.choose(dim),
      note: (dim: number) => this.compare.note(dim),
      keepLocks: (z: Float32Array) => this.keepLocks(z),
      snap: () => void this.snap(),
    };
    return new SliderPanel(model, this.latents, this.decoder, host, this.theme.value);
  }

  private buildMap(latents: Latents, { model, bundle }: StudioData): MapSide {
    const { cursor, decoder, picture } = this;
    const items = new Items(model, latents, decoder);
    const search = new NeighbourSearch(latents, bundle);
    const roundTrip = new RoundTrip(model, bundle, decoder, latents, search.used);
    const goTo = (item: number) => cursor.commit(this.keepLocks(row(latents, item)), "other");
    const nearest = new Nearest({ latents, items, search, cursor, picture, roundTrip, goTo });
    picture.element.append(nearest.element);
    const host = {
      ...{ model, latents, decoder, items, search, cursor, name: this.name },
      theme: () => this.theme.value,
      neighbourhood: () => nearest.neighbourhood,
      keepLocks: (z: Float32Array) => this.keepLocks(z),
    };
    const panel = new MapPanel(host, this.view, (change) => this.changeView(change));
    return { search, nearest, panel };
  }

  private buildKeys(): Keys {
    const { sliders } = this.panel;
    return new Keys({
      root: this.root,
      cursor: this.cursor,
      panel: this.panel,
      film: this.film,
      map: this.map?.panel ?? null,
      lock: () => this.lock(sliders.current, !this.locks.has(sliders.current)),
      snap: () => void this.snap(),
    });
  }

  private layOut({ model }: StudioData): HTMLElement[] {
    const { cursor, film, picture } = this;
    const share = new Share(model, this.latents?.count ?? 0, cursor, picture, film, () => this.reportSoon.now());
    const map = this.map?.panel.element ?? h("section.panel.map", {}, h("p.empty", {}, NO_MAP));
    return [
      h("div.top", {}, map, picture.element, this.panel.element),
      h("footer.film", {}, film.element, this.latency.element, share.element),
    ];
  }

  /** The decoder is ready: the first picture. */
  private begin(): void {
    telemetry.where = this.decoder.where;
    this.cursor.preview(this.cursor.live, "other");
    this.film.begin();
    this.reportSoon(); // so that the address says where one begins
  }

  /** Large, with the sliders that the view names, or back to all. */
  private setStage(on: boolean): void {
    this.root.classList.toggle("presented", on);
    this.panel.sliders.only(on ? readDimensions(this.view.value.stage, this.renderer().data.model) : null);
  }

  /** To a z that Python names: at once, or in a glide where an audience is to see the way. */
  private goTo(z: Float32Array, glides: boolean): void {
    cancelAnimationFrame(this.glideFrame);
    if (!glides || reducesMotion()) return this.cursor.commit(z, "other");
    const from = this.cursor.live;
    const start = performance.now();
    const step = () => {
      const t = Math.min(1, (performance.now() - start) / GLIDE);
      const eased = t * t * (3 - 2 * t);
      if (t === 1) return this.cursor.commit(z, "other");
      this.cursor.preview(
        z.map((v, d) => from[d] + eased * (v - from[d])),
        "other",
      );
      this.glideFrame = requestAnimationFrame(step);
    };
    this.glideFrame = requestAnimationFrame(step);
  }

  /** Python moved the view. */
  private follow({ view, model }: StudioData): void {
    const next = startView({ seed: this.view.value.seed, ...view }, model, this.latents);
    this.locks = new Set(readDimensions(next.locks, model));
    this.panel.sliders.refresh();
    this.view.value = next;
    this.map?.panel.goToCameras();
  }

  private report(): void {
    const { data, setStateValue } = this.renderer();
    setStateValue("z", { digest: data.model.digest, seq: this.seq, z: Array.from(this.cursor.committed) });
  }

  private changeView(change: Partial<View>): void {
    this.view.value = withChange(this.view.value, change);
    const { data, setStateValue } = this.renderer();
    setStateValue("view", { digest: data.model.digest, seq: this.seq, view: this.view.value });
  }

  private name = (dim: number): string => this.names.value[dim] || `z${dim}`;

  /** A z with the locked dimensions as they are committed. */
  private keepLocks(z: Float32Array): Float32Array {
    for (const dim of this.locks) z[dim] = this.cursor.committed[dim];
    return z;
  }

  private lock(dim: number, on: boolean): void {
    if (on) this.locks.add(dim);
    else this.locks.delete(dim);
    this.panel.sliders.refresh();
    this.changeView({ locks: writeDimensions(this.locks) });
  }

  private rename(dim: number, text: string): void {
    const name = text === `z${dim}` ? "" : text;
    const { [dim]: old = "", ...others } = this.names.value;
    if (name === old) return;
    this.names.value = name ? { ...others, [dim]: name } : others;
    this.panel.sliders.refresh();
    const { data, setStateValue } = this.renderer();
    setStateValue("names", { digest: data.model.digest, names: this.names.value });
  }

  private async snap(): Promise<void> {
    if (!this.latents || !this.map) return;
    const { nearest, search } = this.map;
    const neighbours = nearest.neighbourhood ?? (await search.several(this.cursor.live, 1))?.[0];
    const item = neighbours?.rows[0];
    if (item !== undefined) this.cursor.commit(this.keepLocks(row(this.latents, item)), "other");
  }
}

/** The z that Python names, or an item that the model draws well, or the origin. */
function startPoint({ z, model }: StudioData, latents: Latents | null): Float32Array {
  if (z) return Float32Array.from(z);
  return latents ? row(latents, exampleItem(latents)) : new Float32Array(model.latent);
}
