/** The map: every encoded item as a point. Hovering anywhere previews what a place decodes to, a click commits it. */

import { fit } from "../dom/canvas";
import { h, tool } from "../dom/elements";
import { bench } from "../dom/telemetry";
import type { Theme } from "../dom/theme";
import { debounce, eachFrame } from "../dom/timing";
import { Cloud } from "../neighbours/cloud";
import type { Near, Neighbourhood } from "../neighbours/neighbours";
import type { Decoder } from "../net/decoder";
import type { Latents } from "../net/latents";
import type { Items } from "../picture/items";
import type { Hand } from "../state/cursor";
import type { Mark, ModelInfo, View } from "../types";
import { colouring } from "./colour";
import { Camera } from "./gl/camera";
import { Points } from "./gl/points";
import { HoverCard } from "./hovercard";
import { type Outline, within } from "./lasso";
import { Under } from "./layers";
import { Legend } from "./legend";
import { Overlay } from "./overlay";
import { Pointer, type Surface, type Tool } from "./pointer";
import { type Space, spaceOf } from "./space";

export interface MapHost {
  model: ModelInfo;
  latents: Latents;
  decoder: Decoder;
  items: Items;
  asker: Near;
  hand: Hand;
  theme(): Theme;
  name(dim: number): string;
  near(): Neighbourhood | null;
  guard(z: Float32Array): Float32Array; // locked dimensions stay
  /** What a click does instead of committing, where there is another use for it. */
  chosen?: (z: Float32Array, item: number) => void;
}

const REACH = 14; // pixels within which an item is meant

export class MapField implements Surface {
  readonly element: HTMLElement;
  readonly camera = new Camera();
  readonly overlay: Overlay;
  readonly under: Under;
  readonly points: Points;
  space!: Space;
  cloud!: Cloud;
  picked: Float32Array | null = null;
  tool: Tool = "pan";
  onPicked: (count: number | null) => void = () => {};
  onHover: (item: number | null) => void = () => {}; // -1: a place between the items; null: nowhere
  onFocus: (value: number) => void = (value) => this.setFocus(value); // a class of the legend, or -1
  onPinned: (k: string) => void = () => {}; // a class is to stay lit
  onLooked: (camera: string) => void = () => {}; // the view has come to rest elsewhere
  onSpace: () => void = () => {}; // another map is shown
  readonly legend = new Legend(
    (value) => this.onFocus(value),
    (k) => this.onPinned(k),
  );
  private twin: number | null = null; // what the cursor is over on another map
  private leaves: (() => void)[] = [];
  private told = ""; // the camera that others know of
  private look = debounce(300, () => this.tell());
  private card: HoverCard;
  private axes = { x: h("span.axis.x"), y: h("span.axis.y") };
  private trail: { z: Float32Array; at: [number, number] | null }[] = [];
  private marks: Mark[] = [];
  private watch: ResizeObserver;
  private seen: Camera | null = null; // the view that the points were drawn for
  private drawLater: ReturnType<typeof debounce>;
  private redrawUnder: ReturnType<typeof debounce>;
  readonly redraw: () => void;

  constructor(
    readonly host: MapHost,
    private which: "camera" | "beside_camera" = "camera",
  ) {
    const canvas = (name: string) => h<HTMLCanvasElement>(`canvas.${name}`, { "aria-hidden": "true" });
    this.overlay = new Overlay(this.camera, host.theme);
    this.points = new Points(canvas("points"), () => this.redraw());
    this.under = new Under(
      canvas("under"),
      this.camera,
      host.model,
      host.decoder,
      () => this.space.xy,
      (x, y) => this.zAt(x, y),
      host.theme,
    );
    this.card = new HoverCard(host.items, host.latents);
    const zoom = h(
      "div.zoom",
      {},
      tool("add", "Zoom in", () => this.zoom(1.5)),
      tool("remove", "Zoom out", () => this.zoom(1 / 1.5)),
      tool("fit_screen", "Show all", () => (this.camera.reset(), this.moved())),
    );
    this.element = h(
      "div.field",
      {
        tabIndex: 0,
        role: "application",
        "aria-roledescription": "map",
        "aria-label": "Map of the encoded items. Arrow keys move across it.",
      },
      this.under.canvas,
      this.points.canvas,
      this.overlay.canvas,
      this.overlay.dot,
      this.overlay.ring,
      this.overlay.twin,
      this.axes.x,
      this.axes.y,
      zoom,
      this.card.element,
    );
    if (!this.points.works)
      this.element.append(
        h(
          "p.empty",
          {},
          "The points need WebGL 2, which this browser does not offer. Moving over the map still decodes.",
        ),
      );
    this.redraw = eachFrame(() => this.draw());
    this.drawLater = debounce(90, () => this.drawPoints());
    this.redrawUnder = debounce(140, () => void this.under.draw());
    this.watch = new ResizeObserver(() => this.resize());
    this.watch.observe(this.element);
    new Pointer(this);
    if (host.chosen) return; // the dot is somebody else's
    this.leaves = [host.hand.onMove(() => this.follow(false)), host.hand.onRest(() => this.rested())];
  }

  setView(view: View): void {
    const space = spaceOf(this.host.latents, view, this.host.name);
    if (space.key !== this.space?.key) {
      this.space = space;
      this.cloud = new Cloud(space.xy, this.host.asker);
      this.camera.fitTo(space.xy);
      this.points.setPlaces(space.xy);
      this.seen = null; // other points: nothing to move
      for (const step of this.trail) step.at = space.exact ? space.place(step.z, null) : null;
      this.setMarks(this.marks);
      this.setTrail();
      this.showTwin(null);
      this.onSpace();
    }
    this.space.labels = space.labels;
    [this.axes.x.textContent, this.axes.y.textContent] = space.labels;
    const colours = colouring(this.host.latents, view.colour, this.host.theme().dark);
    this.points.setColours(colours.values, colours.shapes, colours.texture);
    this.legend.show(colours);
    this.legend.pin(view.focus);
    this.moved();
    if (!this.host.chosen) this.follow(false);
  }

  /** Go where a link or a step says; "" shows all. */
  lookAt(camera: string): void {
    this.told = this.camera.text = camera;
    this.moved();
  }

  setMarks(marks: Mark[]): void {
    this.marks = marks;
    this.overlay.state.marks = marks.flatMap((mark) => {
      const at = this.space.place(Float32Array.from(mark.z), null);
      return at ? [{ at, label: mark.label, kind: mark.kind }] : [];
    });
    this.overlay.soon();
  }

  /** The z of a place, with what is locked kept. */
  zAt(x: number, y: number): Float32Array {
    return this.host.guard(this.space.unplace(x, y, this.host.hand.committed, this.cloud));
  }

  /** The hand is over a place (pixels). */
  hover(px: number, py: number, at: number): void {
    const [x, y] = this.camera.toWorld(px, py);
    this.overlay.setCursor([x, y]);
    this.host.hand.preview(this.zAt(x, y), "map", at);
    const item = this.cloud.nearest(x, y, REACH / this.camera.scale);
    this.card.show(item, px, py, this.camera.width);
    this.onHover(item);
  }

  click(px: number, py: number): void {
    const [x, y] = this.camera.toWorld(px, py);
    if (this.host.chosen) this.host.chosen(this.zAt(x, y), this.cloud.nearest(x, y, REACH / this.camera.scale));
    else this.host.hand.commit(this.zAt(x, y), "map", { map: this.space.key, x, y });
  }

  leave(): void {
    this.overlay.setCursor(null);
    this.card.hide();
    this.onHover(null);
    this.host.hand.leave();
  }

  /** Mark what the cursor is over on another map: an item, or where the shown z lies (-1); null: no more. */
  showTwin(item: number | null): void {
    this.twin = item;
    if (item === null) return this.overlay.setTwin(null);
    const { xy } = this.space;
    const at = item >= 0 ? ([xy[2 * item], xy[2 * item + 1]] as [number, number]) : this.placeOf(this.host.hand.live);
    if (at) this.overlay.setTwin(at);
  }

  /** Move the committed point by pixels, as the arrow keys do. */
  nudge(dx: number, dy: number): void {
    const from = this.overlay.dotAt ?? [this.camera.x, this.camera.y];
    const [px, py] = this.camera.toScreen(from[0], from[1]);
    const [x, y] = this.camera.toWorld(px + dx, py + dy);
    this.host.hand.commit(this.zAt(x, y), "map", { map: this.space.key, x, y }, false);
  }

  get slow(): boolean {
    return this.points.slow;
  }

  outline(points: Outline): void {
    this.overlay.state.outline = points;
    this.overlay.soon();
  }

  select(outline: Outline | null): void {
    const found = outline && within(this.space.xy, this.camera, outline);
    this.setPicked(found?.mask ?? null);
    this.onPicked(found ? found.count : null);
  }

  /** Which items are selected; null: no choice was made. */
  setPicked(mask: Float32Array | null): void {
    this.picked = mask;
    this.points.setPicked(mask);
    this.redraw();
  }

  /** Light up a class, all others fade; -1: none. */
  setFocus(value: number): void {
    this.points.focus = value;
    this.redraw();
  }

  zoom(factor: number, px = this.camera.width / 2, py = this.camera.height / 2): void {
    this.camera.zoomAt(px, py, factor);
    this.moved();
  }

  /** The view changed. */
  moved(): void {
    this.under.follow();
    if (this.under.on) this.redrawUnder();
    this.redraw();
    this.overlay.moved();
    bench[this.which] = this.camera.text;
    this.look();
  }

  showUnder(): void {
    void this.under.draw();
  }

  /** Neighbours of the shown z have arrived: a map without a formula places the dot by them. */
  placed(): void {
    if (this.host.chosen) return;
    if (this.space.exact) return;
    if (this.overlay.cursorAt === null) this.follow(true);
    if (this.twin === -1) this.showTwin(-1);
    this.setTrailEnd();
  }

  destroy(): void {
    for (const leave of this.leaves) leave();
    this.watch.disconnect();
    this.redrawUnder.cancel();
    this.look.cancel();
    this.drawLater.cancel();
    this.under.destroy();
    this.overlay.destroy();
    this.points.destroy();
  }

  private tell(): void {
    const now = this.camera.text;
    if (now !== this.told) this.onLooked((this.told = now));
  }

  private rested(): void {
    this.trail.push({ z: this.host.hand.committed, at: this.placeOf(this.host.hand.committed) });
    if (this.trail.length > 10) this.trail.shift();
    this.setTrail();
    this.follow(true);
    if (this.under.grid && !this.space.exact) return;
    if (this.under.grid) this.redrawUnder();
  }

  private setTrailEnd(): void {
    const last = this.trail.at(-1);
    if (!last || last.at || this.host.hand.live !== this.host.hand.committed) return;
    last.at = this.placeOf(last.z);
    this.setTrail();
  }

  private setTrail(): void {
    this.overlay.state.trail = this.trail.flatMap((step) => (step.at ? [step.at] : []));
    this.overlay.soon();
  }

  private placeOf(z: Float32Array): [number, number] | null {
    const { hand } = this.host;
    if (z === hand.committed && hand.place?.map === this.space.key) return [hand.place.x, hand.place.y];
    return this.space.place(z, this.host.near());
  }

  /** Put the dot where the committed z is, or where the slider is dragging it. */
  private follow(glide: boolean): void {
    const { hand } = this.host;
    if (hand.source === "map" && hand.live !== hand.committed) return; // a preview: the dot stays
    const at = this.placeOf(hand.live);
    if (at) this.overlay.setDot(at, glide || !this.space.exact);
  }

  private resize(): void {
    const { clientWidth: width, clientHeight: height } = this.element;
    if (!width) return;
    this.camera.resize(width, height);
    this.moved();
  }

  /** Draw the points; where that takes long, move the last picture of them until the view has come to rest. */
  private draw(): void {
    if (!this.points.slow || !this.seen) return this.drawPoints();
    this.points.canvas.style.transform = this.camera.since(this.seen);
    this.drawLater();
  }

  private drawPoints(): void {
    const { camera, points } = this;
    fit(points.canvas, camera.width, camera.height);
    const view = camera.copy();
    points.draw(view, () => {
      this.seen = view;
      bench.mapped++;
      points.canvas.style.transform = camera.since(view);
    });
  }
}
