/**
 * Where the hand is: z as it is shown now, and z as it was last committed. Hover and drag preview, a click or a release
 * commits, leaving goes back. Everything that shows z listens here; nothing else holds one.
 */

export type Source = "slider" | "map" | "other";

export interface Place {
  map: string;
  x: number;
  y: number;
}

const LATE = 12; // ms after which the rest does not wait for the picture

/** Adds a listener; the answer takes it away again. */
function listen<T>(to: T[], listener: T): () => void {
  to.push(listener);
  return () => void to.splice(to.indexOf(listener), 1);
}

/** Every z that is handed in is kept as it is: nobody writes into one. A listener is told until its answer is called. */
export class Hand {
  live: Float32Array;
  committed: Float32Array;
  source: Source = "other";
  at: number = 0; // timeStamp of the event that moved it last: for measuring
  place: Place | null = null; // where on which map the committed z was clicked
  private askers: (() => void)[] = [];
  private movers: (() => void)[] = [];
  private resters: ((remember: boolean) => void)[] = [];
  private late: ReturnType<typeof setTimeout> | undefined;

  constructor(z: Float32Array) {
    this.live = z;
    this.committed = z;
  }

  /** Called at once on every move: whoever starts to decode. */
  onAsk(listener: () => void): () => void {
    return listen(this.askers, listener);
  }

  /** Called when the picture of the move is drawn, so that all parts change in one frame; or soon, if that takes long. */
  onMove(listener: () => void): () => void {
    return listen(this.movers, listener);
  }

  /** Called when z is committed; `remember` is false when history itself moved it. */
  onRest(listener: (remember: boolean) => void): () => void {
    return listen(this.resters, listener);
  }

  preview(z: Float32Array, source: Source, at = performance.now()): void {
    this.live = z;
    this.source = source;
    this.at = at;
    for (const listener of this.askers) listener();
    this.late ??= setTimeout(() => this.drawn(), LATE);
  }

  /** The picture is drawn. */
  drawn(): void {
    clearTimeout(this.late);
    this.late = undefined;
    for (const listener of this.movers) listener();
  }

  commit(z: Float32Array = this.live, source: Source = this.source, place: Place | null = null, remember = true): void {
    this.committed = z;
    this.place = place;
    this.preview(z, source);
    for (const listener of this.resters) listener(remember);
  }

  /** Back to the committed z: the hand has left. */
  leave(): void {
    if (this.live !== this.committed) this.preview(this.committed, "other");
  }

  set(dim: number, value: number): Float32Array {
    const z = this.live.slice();
    z[dim] = value;
    return z;
  }
}
