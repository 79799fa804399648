/** The map's view: which point of the world is in the middle, and how many pixels a unit takes. y points up. */

export class Camera {
  x = 0;
  y = 0;
  scale = 1; // CSS pixels a unit
  width = 1;
  height = 1;
  private home = { x: 0, y: 0, scale: 1, spanX: 1, spanY: 1 };

  resize(width: number, height: number): void {
    const wasHome = this.isHome();
    const before = this.home.scale;
    this.width = width;
    this.height = height;
    this.home.scale = Math.min(width / this.home.spanX, height / this.home.spanY);
    this.scale *= this.home.scale / before;
    if (wasHome) this.reset();
  }

  /** The view in words, the same in a window of any size; "" for home. */
  get text(): string {
    return this.isHome() ? "" : [this.x, this.y, this.zoom].map((v) => Number(v.toPrecision(7))).join(",");
  }

  set text(words: string) {
    const [x, y, zoom] = words.split(",").map(Number);
    this.reset();
    if (!words || ![x, y, zoom].every(Number.isFinite)) return;
    [this.x, this.y] = [x, y];
    this.scale = this.home.scale * within(zoom);
  }

  /** Show all but the farthest stragglers of the points (N, 2), and keep it as home. */
  fitTo(xy: Float32Array): void {
    const [lowX, highX] = bulk(xy, 0);
    const [lowY, highY] = bulk(xy, 1);
    const margin = 1.1;
    const spanX = Math.max(1e-6, (highX - lowX) * margin);
    const spanY = Math.max(1e-6, (highY - lowY) * margin);
    const scale = Math.min(this.width / spanX, this.height / spanY);
    this.home = { x: (lowX + highX) / 2, y: (lowY + highY) / 2, scale, spanX, spanY };
    this.reset();
  }

  reset(): void {
    this.x = this.home.x;
    this.y = this.home.y;
    this.scale = this.home.scale;
  }

  isHome(): boolean {
    return this.x === this.home.x && this.y === this.home.y && this.scale === this.home.scale;
  }

  /** How much nearer than at home. */
  get zoom(): number {
    return this.scale / this.home.scale;
  }

  toScreen(x: number, y: number): [number, number] {
    return [(x - this.x) * this.scale + this.width / 2, this.height / 2 - (y - this.y) * this.scale];
  }

  toWorld(px: number, py: number): [number, number] {
    return [(px - this.width / 2) / this.scale + this.x, (this.height / 2 - py) / this.scale + this.y];
  }

  pan(dx: number, dy: number): void {
    this.x -= dx / this.scale;
    this.y += dy / this.scale;
  }

  /** Zoom so that the point under (px, py) stays there. */
  zoomAt(px: number, py: number, factor: number): void {
    const [wx, wy] = this.toWorld(px, py);
    this.scale = this.home.scale * within(this.zoom * factor);
    const [nx, ny] = this.toWorld(px, py);
    this.x += wx - nx;
    this.y += wy - ny;
  }

  /** The CSS transform that puts a picture of an earlier view where it belongs now. */
  since(earlier: Camera): string {
    const k = this.scale / earlier.scale;
    const [x, y] = this.toScreen(...earlier.toWorld(0, 0));
    return k === 1 && x === 0 && y === 0 ? "" : `translate(${x}px, ${y}px) scale(${k})`;
  }

  copy(): Camera {
    return Object.assign(new Camera(), this);
  }
}

const within = (zoom: number) => Math.min(400, Math.max(1 / 4, zoom));

/** Between which values all but 0.4 % of a column lies; a sample of at most 20,000 decides. */
function bulk(xy: Float32Array, side: 0 | 1): [number, number] {
  const count = xy.length / 2;
  const step = Math.max(1, Math.floor(count / 20_000));
  const sample = new Float32Array(Math.ceil(count / step));
  for (let i = 0, k = 0; i < count; i += step, k++) sample[k] = xy[2 * i + side];
  sample.sort();
  const cut = Math.floor(sample.length * 0.002);
  return [sample[cut], sample[sample.length - 1 - cut]];
}
