/** The studio: map, picture and sliders around one hand, and what Python is told when it rests. */

import { h } from "../dom/elements";
import { bench } from "../dom/telemetry";
import { readTheme } from "../dom/theme";
import { debounce } from "../dom/timing";
import { MapPanel } from "../map/panel/panel";
import { Near } from "../neighbours/neighbours";
import { goodItem, type Latents, row } from "../net/latents";
import { openDecoder } from "../net/open";
import { RoundTrip } from "../net/roundtrip";
import { Filmstrip } from "../picture/filmstrip";
import { Items } from "../picture/items";
import { Around } from "../picture/nearest";
import { Picture } from "../picture/picture";
import { ZPanel } from "../sliders/panel";
import { Hand } from "../state/cursor";
import { changed, dimensions, listed, startView } from "../state/view";
import { Share } from "../take/share";
import type { Part, Renderer, StudioData, View } from "../types";
import { boot } from "./boot";
import { Compare } from "./compare/compare";
import { keys } from "./keys";
import { Readout } from "./latency";

const GLIDE = 300; // ms from one step of a presentation to the next
const REST = 150; // ms after the last commit until Python hears of it

export const studio = (first: Renderer<StudioData>): Part<StudioData> =>
  boot(first, (root, latents, renderer) => new Studio(root, latents, renderer));

class Studio {
  private hand: Hand;
  private seq: number;
  private view: View;
  private names: Record<string, string>;
  private locks: Set<number>;
  private picture: Picture;
  private compare: Compare;
  private zpanel: ZPanel;
  private map: MapPanel | null = null;
  private around: Around | null = null;
  private near: Near | null = null;
  private film: Filmstrip;
  private readout = new Readout();
  private theme;
  private gliding = 0;
  private tell: ReturnType<typeof debounce>;
  private unbind: () => void;

  constructor(
    private root: HTMLElement,
    private latents: Latents | null,
    private renderer: () => Renderer<StudioData>,
  ) {
    const { data } = renderer();
    const { model, bundle } = data;
    this.theme = readTheme(root);
    const decoder = openDecoder(model, bundle);
    const start = data.z
      ? Float32Array.from(data.z)
      : latents
        ? row(latents, goodItem(latents))
        : new Float32Array(model.latent);
    this.hand = new Hand(start);
    this.seq = data.seq;
    this.names = { ...model.names };
    this.view = startView(data.view, model, latents);
    this.locks = new Set(dimensions(this.view.locks, model));
    const name = (dim: number) => this.names[dim] || `z${dim}`;
    this.picture = new Picture(
      model,
      decoder,
      this.hand,
      (mode) => this.look({ mode }),
      (seed) => this.look({ seed }),
    );
    this.picture.setMode(this.view.mode, this.view.seed);
    const host = {
      hand: this.hand,
      latents,
      name,
      rename: (dim: number, text: string) => this.rename(dim, text),
      locked: (dim: number) => this.locks.has(dim),
      lock: (dim: number, on: boolean) => this.lock(dim, on),
      choose: (dim: number) => this.zpanel.sliders.choose(dim),
      note: (dim: number) => this.compare.note(dim),
    };
    this.compare = new Compare({
      model,
      bundle,
      picture: this.picture,
      matched: () => this.zpanel.sliders.refresh(),
      wish: (name, by) => this.renderer().setTriggerValue("compare", { digest: model.digest, name, by }),
    });
    this.zpanel = new ZPanel(
      model,
      latents,
      decoder,
      host,
      (z) => this.guard(z),
      () => void this.snap(),
      this.theme,
    );
    this.film = new Filmstrip(model, this.hand, this.picture);
    if (latents) {
      const items = new Items(model, latents, decoder);
      this.near = new Near(latents, bundle);
      const around = (this.around = new Around(
        latents,
        items,
        this.near,
        this.hand,
        this.picture,
        new RoundTrip(model, bundle, decoder, latents, this.near.used),
        (i) => this.hand.commit(this.guard(row(latents, i)), "other"),
      ));
      this.picture.element.append(around.element);
      this.map = new MapPanel(
        {
          model,
          latents,
          decoder,
          items,
          asker: this.near,
          hand: this.hand,
          theme: () => this.theme,
          name,
          near: () => around.near,
          guard: (z) => this.guard(z),
        },
        (change) => this.look(change),
      );
      around.onNear(() => this.map?.fields.forEach((field) => field.placed()));
    }
    const share = new Share(model, latents?.count ?? 0, this.hand, this.picture, this.film, () => this.tell.now());
    const mapSide =
      this.map?.element ??
      h(
        "section.panel.map",
        {},
        h(
          "p.empty",
          {},
          "There is no map: this model has no encoded items beside it. `vae project` makes them. The sliders work without.",
        ),
      );
    root.append(
      h("div.top", {}, mapSide, this.picture.element, this.zpanel.element),
      h("footer.film", {}, this.film.element, this.readout.element, share.element),
    );
    this.tell = debounce(REST, () => this.send());
    this.hand.onAsk(() => (bench.z = Array.from(this.hand.live)));
    this.hand.onRest(() => this.tell());
    this.unbind = keys({
      root,
      hand: this.hand,
      zpanel: this.zpanel,
      film: this.film,
      map: this.map,
      lock: () => this.lock(this.zpanel.sliders.chosen, !this.locks.has(this.zpanel.sliders.chosen)),
      snap: () => void this.snap(),
    });
    this.showView();
    this.map?.goThere();
    void decoder.ready.then(() => {
      bench.where = decoder.where;
      this.hand.preview(this.hand.live, "other");
      this.film.begin();
      this.tell(); // so that the address says where one begins
    });
  }

  update(data: StudioData): void {
    const was = this.theme.dark;
    this.theme = readTheme(this.root);
    this.root.classList.toggle("dark", this.theme.dark);
    if (was !== this.theme.dark) this.showView(); // classes have a colour for each theme
    this.zpanel.sliders.setTheme(this.theme);
    this.map?.setMarks(data.marks);
    this.compare.update(data.compare, this.theme);
    this.setStage(data.stage);
    if (data.seq <= this.seq) return;
    this.seq = data.seq;
    this.follow(data);
    this.setStage(data.stage);
    if (data.z) this.go(Float32Array.from(data.z), data.stage);
    this.tell.cancel(); // Python knows
  }

  /** Large, with the sliders that the view names, or back to all. */
  private setStage(on: boolean): void {
    this.root.classList.toggle("presented", on);
    const named = dimensions(this.view.stage, this.renderer().data.model);
    this.zpanel.sliders.only(on ? named : null);
  }

  /** To a z that Python names: at once, or in a glide where an audience is to see the way. */
  private go(z: Float32Array, glides: boolean): void {
    cancelAnimationFrame(this.gliding);
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (!glides || still) return this.hand.commit(z, "other");
    const from = this.hand.live;
    const start = performance.now();
    const step = () => {
      const t = Math.min(1, (performance.now() - start) / GLIDE);
      const eased = t * t * (3 - 2 * t);
      if (t === 1) return this.hand.commit(z, "other");
      this.hand.preview(
        z.map((v, d) => from[d] + eased * (v - from[d])),
        "other",
      );
      this.gliding = requestAnimationFrame(step);
    };
    this.gliding = requestAnimationFrame(step);
  }

  /** Python moved the view. */
  private follow(data: StudioData): void {
    this.view = startView({ seed: this.view.seed, ...data.view }, data.model, this.latents);
    this.locks = new Set(dimensions(this.view.locks, data.model));
    this.zpanel.sliders.refresh();
    this.showView();
    this.map?.goThere();
  }

  destroy(): void {
    cancelAnimationFrame(this.gliding);
    this.tell.now();
    this.unbind();
    this.zpanel.destroy();
    this.picture.destroy();
    this.compare.destroy();
    this.around?.destroy();
    this.readout.destroy();
    this.map?.destroy();
    this.near?.close();
  }

  private send(): void {
    const { data, setStateValue } = this.renderer();
    setStateValue("z", { digest: data.model.digest, seq: this.seq, z: Array.from(this.hand.committed) });
  }

  private look(change: Partial<View>): void {
    this.view = changed(this.view, change);
    this.showView();
    const { data, setStateValue } = this.renderer();
    setStateValue("view", { digest: data.model.digest, seq: this.seq, view: this.view });
  }

  private showView(): void {
    this.picture.setMode(this.view.mode, this.view.seed);
    this.map?.setView(this.view);
  }

  private guard(z: Float32Array): Float32Array {
    for (const dim of this.locks) z[dim] = this.hand.committed[dim];
    return z;
  }

  private lock(dim: number, on: boolean): void {
    if (on) this.locks.add(dim);
    else this.locks.delete(dim);
    this.zpanel.sliders.refresh();
    this.look({ locks: listed(this.locks) });
  }

  private rename(dim: number, text: string): void {
    if (text === `z${dim}`) text = "";
    if (text === (this.names[dim] ?? "")) return;
    if (text) this.names[dim] = text;
    else delete this.names[dim];
    this.zpanel.sliders.refresh();
    this.map?.setView(this.view);
    const { data, setStateValue } = this.renderer();
    setStateValue("names", { digest: data.model.digest, names: this.names });
  }

  private async snap(): Promise<void> {
    const found = this.around?.near ?? (await this.near?.several(this.hand.live, 1))?.[0];
    const nearest = found?.rows[0];
    if (nearest !== undefined && this.latents) this.hand.commit(this.guard(row(this.latents, nearest)), "other");
  }
}
