/** The map: every encoded item as a point. Hovering anywhere previews what a place decodes to, a click commits it. */

import { batch, effect, signal, untracked } from "@preact/signals-core";
import type { View } from "../contract";
import { fit } from "../dom/canvas";
import { h, tool } from "../dom/elements";
import { telemetry } from "../dom/telemetry";
import { type Debounced, debounce, eachFrame } from "../dom/timing";
import { Cloud } from "../neighbours/cloud";
import { colouring } from "./colour";
import { Camera } from "./gl/camera";
import { Points } from "./gl/points";
import { HoverCard } from "./hovercard";
import { type Outline, selectWithin } from "./lasso";
import { Layers } from "./layers";
import { Legend } from "./legend";
import { Markers } from "./markers";
import { Overlay } from "./overlay";
import { Pointer, type Surface } from "./pointer";
import type { MapHost, MapShared, Selection, Tool } from "./shared";
import { NOWHERE, type Space, spaceOf } from "./space";

/** One of a page's maps: what it shares, and what it reports. */
export interface MapOptions {
  shared: MapShared;
  camera: "camera" | "beside_camera"; // the field of a view that its camera is
  onCamera(camera: string): void; // it has come to rest elsewhere
  onPin(k: string): void; // a class of the legend is to stay lit, or none
}

const REACH = 14; // pixels within which an item is meant
const ZOOM = 1.5; // of a button
const STILL = { camera: 300, points: 90, layers: 140 }; // ms without a move until they are reported or drawn

const NO_WEBGL = "The points need WebGL 2, which this browser does not offer. Moving over the map still decodes.";

export class MapField implements Surface {
  readonly element: HTMLElement;
  readonly camera = new Camera();
  readonly overlay: Overlay;
  readonly layers: Layers;
  readonly points: Points;
  readonly legend: Legend;
  readonly markers: Markers;
  readonly space = signal<Space>(NOWHERE); // which map is shown
  readonly redraw = eachFrame(() => this.draw());
  private cloud!: Cloud; // the points of the space, from the first view on
  private reportedCamera = "";
  private card: HoverCard;
  private axes = { x: h("span.axis.x"), y: h("span.axis.y") };
  private watch = new ResizeObserver(() => this.resize());
  private pointsCamera: Camera | null = null; // the view that the points were drawn for
  private drawPointsLater: Debounced;
  private drawLayersLater: Debounced;
  private reportLater: Debounced;
  private unsubscribe: (() => void)[];

  constructor(
    readonly host: MapHost,
    private options: MapOptions,
  ) {
    const { decoder, items, latents, model, theme } = host;
    const canvas = (name: string) => h<HTMLCanvasElement>(`canvas.${name}`, { "aria-hidden": "true" });
    const { shared } = options;
    this.legend = new Legend((value) => {
      shared.focus.value = value;
    }, options.onPin);
    this.overlay = new Overlay(this.camera, theme);
    this.markers = new Markers(host, this.overlay, this.space);
    this.points = new Points(canvas("points"), () => this.redraw());
    const [xy, toZ] = [() => this.space.value.xy, (x: number, y: number) => this.zAt(x, y)];
    this.layers = new Layers(canvas("under"), { camera: this.camera, model, decoder, xy, toZ, theme });
    this.card = new HoverCard(items, latents);
    this.element = this.build();
    this.drawPointsLater = debounce(STILL.points, () => this.drawPoints());
    this.drawLayersLater = debounce(STILL.layers, () => void this.layers.draw());
    this.reportLater = debounce(STILL.camera, () => this.reportCamera());
    this.watch.observe(this.element);
    new Pointer(this);
    this.unsubscribe = [...this.followShared(shared), ...(host.choose ? [] : this.followCursor())];
  }

  get tool(): Tool {
    return this.options.shared.tool.value;
  }

  get slow(): boolean {
    return this.points.slow;
  }

  setView(view: View): void {
    const space = spaceOf(this.host.latents, view, this.host.name);
    if (space.key !== this.space.value.key) batch(() => this.setSpace(space));
    this.space.value.labels = space.labels;
    [this.axes.x.textContent, this.axes.y.textContent] = space.labels;
    const colours = colouring(this.host.latents, view.colour, this.host.theme().dark);
    this.points.setColours(colours.values, colours.shapes, colours.texture);
    this.legend.show(colours);
    this.legend.pin(view.focus);
    this.moved();
    if (!this.host.choose) this.markers.follow(false);
  }

  /** To the camera that a link or a step names; "" shows all. */
  goTo(camera: string): void {
    this.camera.text = camera;
    this.reportedCamera = camera;
    this.moved();
  }

  hover(px: number, py: number, time: number): void {
    const [x, y] = this.camera.toWorld(px, py);
    this.overlay.setRing([x, y]);
    this.host.cursor.preview(this.zAt(x, y), "map", time);
    const item = this.itemAt(x, y);
    this.card.show(item, px, py, this.camera.width);
    this.options.shared.hover.value = { map: this, item };
  }

  click(px: number, py: number): void {
    const { choose, cursor } = this.host;
    const [x, y] = this.camera.toWorld(px, py);
    if (choose) choose(this.zAt(x, y), this.itemAt(x, y));
    else cursor.commit(this.zAt(x, y), "map", { map: this.space.value.key, x, y });
  }

  leave(): void {
    this.overlay.setRing(null);
    this.card.hide();
    this.unhover();
    this.host.cursor.revert();
  }

  outline(points: Outline): void {
    this.overlay.state.outline = points;
    this.overlay.drawSoon();
  }

  select(outline: Outline | null): void {
    this.options.shared.selection.value = outline && selectWithin(this.space.value.xy, this.camera, outline);
  }

  /** Move the committed point by pixels, as the arrow keys do. */
  nudge(dx: number, dy: number): void {
    const from = this.overlay.dotAt ?? [this.camera.x, this.camera.y];
    const [px, py] = this.camera.toScreen(from[0], from[1]);
    const [x, y] = this.camera.toWorld(px + dx, py + dy);
    this.host.cursor.commit(this.zAt(x, y), "map", { map: this.space.value.key, x, y }, false);
  }

  zoom(factor: number, px = this.camera.width / 2, py = this.camera.height / 2): void {
    this.camera.zoomAt(px, py, factor);
    this.moved();
  }

  /** The camera has moved. */
  moved(): void {
    this.layers.follow();
    if (this.layers.on) this.drawLayersLater();
    this.redraw();
    this.overlay.moved();
    telemetry[this.options.camera] = this.camera.text;
    this.reportLater();
  }

  setLayers(grid: boolean, density: boolean): void {
    if (grid === this.layers.grid && density === this.layers.density) return;
    Object.assign(this.layers, { grid, density });
    void this.layers.draw();
  }

  destroy(): void {
    for (const stop of this.unsubscribe) stop();
    this.unhover();
    this.watch.disconnect();
    this.drawLayersLater.cancel();
    this.reportLater.cancel();
    this.drawPointsLater.cancel();
    this.layers.destroy();
    this.overlay.destroy();
    this.points.destroy();
  }

  private build(): HTMLElement {
    const { overlay, axes } = this;
    const zoom = h(
      "div.zoom",
      {},
      tool("add", "Zoom in", () => this.zoom(ZOOM)),
      tool("remove", "Zoom out", () => this.zoom(1 / ZOOM)),
      tool("fit_screen", "Show all", () => this.showAll()),
    );
    const spoken = "Map of the encoded items. Arrow keys move across it.";
    const canvases = [this.layers.canvas, this.points.canvas, overlay.canvas];
    return h(
      "div.field",
      { tabIndex: 0, role: "application", "aria-roledescription": "map", "aria-label": spoken },
      ...canvases,
      ...[overlay.dot, overlay.ring, overlay.twin, axes.x, axes.y, zoom, this.card.element],
      this.points.works ? null : h("p.empty", {}, NO_WEBGL),
    );
  }

  private followShared({ focus, hover, selection, tool }: MapShared): (() => void)[] {
    return [
      effect(() => this.showSelection(selection.value)),
      effect(() => this.showFocus(focus.value)),
      effect(() => {
        const item = hover.value && hover.value.map !== this ? hover.value.item : null;
        untracked(() => this.markers.showTwin(item));
      }),
      effect(() => {
        this.element.dataset.tool = tool.value;
      }),
    ];
  }

  private followCursor(): (() => void)[] {
    const { cursor, neighbourhood } = this.host;
    return [
      cursor.onShow(() => this.markers.follow(false)),
      cursor.onCommit(() => this.commit()),
      effect(() => {
        if (neighbourhood()) untracked(() => this.markers.placeByNeighbours());
      }),
    ];
  }

  private commit(): void {
    this.markers.extendTrail();
    if (this.layers.grid && this.space.value.exact) this.drawLayersLater();
  }

  private setSpace(space: Space): void {
    this.space.value = space;
    this.cloud = new Cloud(space.xy, this.host.search);
    this.camera.fitTo(space.xy);
    this.points.setPlaces(space.xy);
    this.pointsCamera = null; // other points: nothing to move
    this.markers.moveTo(space);
  }

  /** The z of a place, with what is locked kept. */
  private zAt(x: number, y: number): Float32Array {
    return this.host.keepLocks(this.space.value.unplace(x, y, this.host.cursor.committed, this.cloud));
  }

  private itemAt(x: number, y: number): number {
    return this.cloud.nearest(x, y, REACH / this.camera.scale);
  }

  /** The pointer is not over this map; it may be over another one already. */
  private unhover(): void {
    const { hover } = this.options.shared;
    if (hover.value?.map === this) hover.value = null;
  }

  private showAll(): void {
    this.camera.reset();
    this.moved();
  }

  private showSelection(selection: Selection | null): void {
    this.points.setSelection(selection?.mask ?? null);
    this.redraw();
  }

  private showFocus(value: number): void {
    this.points.focus = value;
    this.redraw();
  }

  private reportCamera(): void {
    const { text } = this.camera;
    if (text === this.reportedCamera) return;
    this.reportedCamera = text;
    this.options.onCamera(text);
  }

  private resize(): void {
    const { clientWidth: width, clientHeight: height } = this.element;
    if (!width) return;
    this.camera.resize(width, height);
    this.moved();
  }

  /** Draw the points; where that takes long, move the last picture of them until the camera has come to rest. */
  private draw(): void {
    if (!this.points.slow || !this.pointsCamera) return this.drawPoints();
    this.points.canvas.style.transform = this.camera.since(this.pointsCamera);
    this.drawPointsLater();
  }

  private drawPoints(): void {
    const { camera, points } = this;
    fit(points.canvas, camera.width, camera.height);
    const copy = camera.copy();
    points.draw(copy, () => {
      this.pointsCamera = copy;
      telemetry.mapped++;
      points.canvas.style.transform = camera.since(copy);
    });
  }
}
