/**
 * z as it is shown now, and z as it was last committed. Hover and drag preview, a click or a release commits, leaving
 * goes back. Everything that shows z listens here; nothing else holds one.
 *
 * Moves are events with a time and an order (first decode, then draw all in one frame), so they are not signals.
 */

export type Source = "slider" | "map" | "other";

export interface Place {
  map: string;
  x: number;
  y: number;
}

const LATE = 12; // ms after which the other parts do not wait for the picture

type Unsubscribe = () => void;

function subscribe<T>(listeners: T[], listener: T): Unsubscribe {
  listeners.push(listener);
  return () => void listeners.splice(listeners.indexOf(listener), 1);
}

/** A z that is passed in is kept as it is, so it is never written into. */
export class Cursor {
  live: Float32Array;
  committed: Float32Array;
  source: Source = "other";
  at = 0; // timeStamp of the event of the last move: for measuring
  place: Place | null = null; // where on which map the committed z was clicked
  private moveListeners: (() => void)[] = [];
  private showListeners: (() => void)[] = [];
  private commitListeners: ((remember: boolean) => void)[] = [];
  private late: ReturnType<typeof setTimeout> | undefined;

  constructor(z: Float32Array) {
    this.live = z;
    this.committed = z;
  }

  /** Called at once on every move: the decoder's start. */
  onMove(listener: () => void): Unsubscribe {
    return subscribe(this.moveListeners, listener);
  }

  /** Called when the move's picture is drawn, so that all parts change in one frame; or soon, if that takes long. */
  onShow(listener: () => void): Unsubscribe {
    return subscribe(this.showListeners, listener);
  }

  /** Called when z is committed; `remember` is false for a step that the filmstrip leaves out. */
  onCommit(listener: (remember: boolean) => void): Unsubscribe {
    return subscribe(this.commitListeners, listener);
  }

  preview(z: Float32Array, source: Source, at = performance.now()): void {
    this.live = z;
    this.source = source;
    this.at = at;
    for (const listener of this.moveListeners) listener();
    this.late ??= setTimeout(() => this.show(), LATE);
  }

  /** The picture is drawn: the other parts follow. */
  show(): void {
    clearTimeout(this.late);
    this.late = undefined;
    for (const listener of this.showListeners) listener();
  }

  commit(z: Float32Array = this.live, source: Source = this.source, place: Place | null = null, remember = true): void {
    this.committed = z;
    this.place = place;
    this.preview(z, source);
    for (const listener of this.commitListeners) listener(remember);
  }

  /** Back to the committed z. */
  revert(): void {
    if (this.live !== this.committed) this.preview(this.committed, "other");
  }

  /** The shown z with another value of one dimension. */
  with(dim: number, value: number): Float32Array {
    const z = this.live.slice();
    z[dim] = value;
    return z;
  }
}
