/** What stands for a z on the map: the dot with its trail, the marks, the ring of another map's pointer. */

import type { ReadonlySignal } from "@preact/signals-core";
import type { Mark } from "../contract";
import type { Overlay } from "./overlay";
import type { MapHost } from "./shared";
import type { Space } from "./space";
import { Trail } from "./trail";

export class Markers {
  private trail = new Trail();
  private marks: Mark[] = [];
  private twin: number | null = null; // what the pointer is over on another map

  constructor(
    private host: MapHost,
    private overlay: Overlay,
    private space: ReadonlySignal<Space>,
  ) {}

  /** Another map is shown. */
  moveTo(space: Space): void {
    this.trail.moveTo(space);
    this.setMarks(this.marks);
    this.drawTrail();
    this.showTwin(null);
  }

  setMarks(marks: Mark[]): void {
    this.marks = marks;
    this.overlay.state.marks = marks.flatMap(({ z, label, kind }) => {
      const at = this.space.value.place(Float32Array.from(z), null);
      return at ? [{ at, label, kind }] : [];
    });
    this.overlay.drawSoon();
  }

  /** An item, or where the shown z lies (-1); null: nothing. */
  showTwin(item: number | null): void {
    this.twin = item;
    if (item === null) return this.overlay.setTwin(null);
    const at = item < 0 ? this.placeOf(this.host.cursor.live) : this.placeOfItem(item);
    if (at) this.overlay.setTwin(at);
  }

  /** Put the dot where the committed z is, or where the slider is dragging it. */
  follow(glide: boolean): void {
    const { cursor } = this.host;
    if (cursor.source === "map" && cursor.live !== cursor.committed) return; // a preview: the dot stays
    const at = this.placeOf(cursor.live);
    if (at) this.overlay.setDot(at, glide || !this.space.value.exact);
  }

  /** z was committed. */
  extendTrail(): void {
    const { committed } = this.host.cursor;
    this.trail.add(committed, this.placeOf(committed));
    this.drawTrail();
    this.follow(true);
  }

  /** The neighbours of the shown z are known: a map without a formula places the dot by them. */
  placeByNeighbours(): void {
    if (this.space.value.exact) return;
    if (this.overlay.ringAt === null) this.follow(true);
    if (this.twin === -1) this.showTwin(-1);
    const { live, committed } = this.host.cursor;
    const { unplaced } = this.trail;
    if (!unplaced || live !== committed) return;
    this.trail.placeLast(this.placeOf(unplaced));
    this.drawTrail();
  }

  private drawTrail(): void {
    this.overlay.state.trail = this.trail.places;
    this.overlay.drawSoon();
  }

  private placeOf(z: Float32Array): [number, number] | null {
    const { cursor, neighbourhood } = this.host;
    const space = this.space.value;
    if (z === cursor.committed && cursor.place?.map === space.key) return [cursor.place.x, cursor.place.y];
    return space.place(z, neighbourhood());
  }

  private placeOfItem(item: number): [number, number] {
    const { xy } = this.space.value;
    return [xy[2 * item], xy[2 * item + 1]];
  }
}
