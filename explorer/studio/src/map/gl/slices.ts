/**
 * A picture of very many points, drawn a slice at a time into a hidden framebuffer and shown when it is whole, so that
 * neither the page nor a slow graphics card is held up. The slices grow as fast as the card allows.
 */

const FIRST = 16_384; // points in the first slice
const LEAST = 4_096;
const QUICK = 10; // ms: a slice that is done sooner may be larger
const SLOW = 25; // ms: one that takes longer must be smaller
const AT_ONCE = 16; // ms in which a whole picture must be done to be drawn without slices

export class Slices {
  fast = false; // this card draws them all within a frame
  private target: WebGLFramebuffer | null = null;
  private size = [0, 0];
  private slice = FIRST;
  private turn = 0; // a newer picture ends an older one

  constructor(
    private gl: WebGL2RenderingContext,
    private range: (from: number, count: number) => void,
  ) {}

  stop(): void {
    this.turn++;
  }

  /** Draw `count` points, after `prepare` has set what they need; `done` when they are on the canvas. */
  start(count: number, prepare: () => void, done: () => void): void {
    const { gl } = this;
    const turn = ++this.turn;
    let from = 0;
    let busy = 0; // ms that the card has worked
    this.fitTarget();
    const next = () => {
      if (turn !== this.turn || gl.isContextLost()) return;
      gl.bindFramebuffer(gl.FRAMEBUFFER, this.target);
      prepare();
      if (from === 0) gl.clear(gl.COLOR_BUFFER_BIT);
      const n = Math.min(this.slice, count - from);
      this.range(from, n);
      from += n;
      gl.bindFramebuffer(gl.FRAMEBUFFER, null);
      const sync = gl.fenceSync(gl.SYNC_GPU_COMMANDS_COMPLETE, 0)!;
      gl.flush();
      this.wait(sync, performance.now(), (ms) => {
        busy += ms;
        if (ms < QUICK) this.slice *= 4;
        else if (ms > SLOW) this.slice = Math.max(LEAST, this.slice >> 1);
        if (from < count) return next();
        if (turn !== this.turn) return;
        this.fast = busy < AT_ONCE && n === count;
        this.show();
        done();
      });
    };
    next();
  }

  /** Poll until the card is done. */
  private wait(sync: WebGLSync, start: number, done: (ms: number) => void): void {
    const { gl } = this;
    const poll = () => {
      if (gl.isContextLost()) return;
      if (gl.getSyncParameter(sync, gl.SYNC_STATUS) !== gl.SIGNALED) return void setTimeout(poll, 4);
      gl.deleteSync(sync);
      done(performance.now() - start);
    };
    setTimeout(poll, 0);
  }

  private show(): void {
    const { gl } = this;
    const [w, h] = this.size;
    gl.bindFramebuffer(gl.READ_FRAMEBUFFER, this.target);
    gl.bindFramebuffer(gl.DRAW_FRAMEBUFFER, null);
    gl.blitFramebuffer(0, 0, w, h, 0, 0, w, h, gl.COLOR_BUFFER_BIT, gl.NEAREST);
    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
  }

  private fitTarget(): void {
    const { gl } = this;
    const [w, h] = [gl.drawingBufferWidth, gl.drawingBufferHeight];
    if (this.target && w === this.size[0] && h === this.size[1]) return;
    this.size = [w, h];
    this.target ??= gl.createFramebuffer();
    const buffer = gl.createRenderbuffer();
    gl.bindRenderbuffer(gl.RENDERBUFFER, buffer);
    gl.renderbufferStorage(gl.RENDERBUFFER, gl.RGBA8, w, h);
    gl.bindFramebuffer(gl.FRAMEBUFFER, this.target);
    gl.framebufferRenderbuffer(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.RENDERBUFFER, buffer);
    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
  }
}
