/** The map's points on the graphics card: buffers set once, one draw call a picture. A million are as easy as ten. */

import type { Camera } from "./camera";
import { FRAGMENT, VERTEX } from "./shaders";
import { Slices } from "./slices";

type Attribute = "place" | "value" | "shape" | "selected";
const WIDTHS: Record<Attribute, number> = { place: 2, value: 1, shape: 1, selected: 1 };
const UNIFORMS = ["middle", "scale", "size", "alpha", "only", "focus"] as const;

const MANY = 30_000; // points that any card draws within a frame

export class Points {
  focus = -1; // the value (texture coordinate) of the class that stands out
  private gl: WebGL2RenderingContext | null;
  private buffers = new Map<Attribute, WebGLBuffer>();
  private arrays = new Map<Attribute, Float32Array>(); // to restore after the card has lost its memory
  private texture: Uint8Array | null = null;
  private uniforms: Record<string, WebGLUniformLocation | null> = {};
  private count = 0;
  private only = false;
  private slices: Slices | null = null;

  constructor(
    readonly canvas: HTMLCanvasElement,
    private onRestore: () => void,
  ) {
    this.gl = canvas.getContext("webgl2", { antialias: false, premultipliedAlpha: true, powerPreference: "low-power" });
    canvas.addEventListener("webglcontextlost", (event) => event.preventDefault());
    canvas.addEventListener("webglcontextrestored", () => this.restore());
    if (this.gl) this.setUp(this.gl);
  }

  get works(): boolean {
    return this.gl !== null;
  }

  setPlaces(xy: Float32Array): void {
    this.count = xy.length / 2;
    this.upload("place", xy);
    if ((this.arrays.get("selected")?.length ?? 0) !== this.count) this.setSelection(null);
  }

  setColours(values: Float32Array, shapes: Float32Array, texture: Uint8Array): void {
    this.upload("value", values);
    this.upload("shape", shapes);
    this.texture = texture;
    this.gl?.texImage2D(this.gl.TEXTURE_2D, 0, this.gl.RGBA, 256, 1, 0, this.gl.RGBA, this.gl.UNSIGNED_BYTE, texture);
  }

  /** 1 for the items that are selected; null: no choice was made. */
  setSelection(mask: Float32Array | null): void {
    this.only = mask !== null;
    this.upload("selected", mask ?? new Float32Array(this.count));
  }

  /** Whether drawing takes longer than a frame: then the last drawing moves with the camera, and a new one waits. */
  get slow(): boolean {
    return this.count > MANY && !this.slices?.fast;
  }

  /** Draw the view; `done` when it is on the canvas: at once, or when all slices are. */
  draw(camera: Camera, done: () => void): void {
    const { gl, slices } = this;
    if (!gl || !slices || !this.count) return;
    slices.stop();
    if (this.slow) return slices.start(this.count, () => this.prepare(gl, camera), done);
    this.prepare(gl, camera);
    gl.clear(gl.COLOR_BUFFER_BIT);
    gl.drawArrays(gl.POINTS, 0, this.count);
    done();
  }

  private prepare(gl: WebGL2RenderingContext, camera: Camera): void {
    const { uniforms: u, canvas } = this;
    const ratio = canvas.width / camera.width;
    gl.viewport(0, 0, canvas.width, canvas.height);
    gl.clearColor(0, 0, 0, 0);
    gl.uniform2f(u.middle, camera.x, camera.y);
    gl.uniform2f(u.scale, (2 * camera.scale) / camera.width, (2 * camera.scale) / camera.height);
    gl.uniform1f(u.size, this.size(camera) * ratio);
    gl.uniform1f(u.alpha, this.count > 300_000 ? 0.3 : this.count > 50_000 ? 0.45 : 0.8);
    gl.uniform1f(u.only, this.only ? 1 : 0);
    gl.uniform1f(u.focus, this.focus);
  }

  /** Diameter in CSS pixels: small in a crowd, larger on coming near, so that shapes can be told apart. */
  private size(camera: Camera): number {
    const crowd = this.count > 300_000 ? 2 : this.count > 50_000 ? 3 : this.count > 4000 ? 5 : 7;
    return Math.min(13, crowd * Math.max(1, camera.zoom) ** 0.5);
  }

  destroy(): void {
    this.slices?.stop();
    this.gl?.getExtension("WEBGL_lose_context")?.loseContext();
    this.gl = null;
  }

  private upload(name: Attribute, data: Float32Array): void {
    this.arrays.set(name, data);
    const gl = this.gl;
    const buffer = this.buffers.get(name);
    if (!gl || !buffer) return;
    gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
    gl.bufferData(gl.ARRAY_BUFFER, data, gl.STATIC_DRAW);
  }

  private setUp(gl: WebGL2RenderingContext): void {
    const program = gl.createProgram()!;
    for (const [kind, source] of [
      [gl.VERTEX_SHADER, VERTEX],
      [gl.FRAGMENT_SHADER, FRAGMENT],
    ] as const) {
      const shader = gl.createShader(kind)!;
      gl.shaderSource(shader, source);
      gl.compileShader(shader);
      gl.attachShader(program, shader);
    }
    gl.linkProgram(program);
    if (!gl.getProgramParameter(program, gl.LINK_STATUS) && !gl.isContextLost()) {
      throw new Error(`The map's shaders do not link: ${gl.getProgramInfoLog(program)}`);
    }
    gl.useProgram(program);
    this.slices = new Slices(gl, (from, count) => gl.drawArrays(gl.POINTS, from, count));
    for (const name of UNIFORMS) this.uniforms[name] = gl.getUniformLocation(program, name);
    for (const [name, width] of Object.entries(WIDTHS) as [Attribute, number][]) {
      const buffer = gl.createBuffer()!;
      this.buffers.set(name, buffer);
      gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
      const at = gl.getAttribLocation(program, name);
      gl.enableVertexAttribArray(at);
      gl.vertexAttribPointer(at, width, gl.FLOAT, false, 0, 0);
    }
    gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
  }

  private restore(): void {
    if (!this.gl) return;
    this.setUp(this.gl);
    for (const [name, data] of this.arrays) this.upload(name, data);
    const texture = this.texture;
    if (texture) this.setColours(this.arrays.get("value")!, this.arrays.get("shape")!, texture);
    this.onRestore();
  }
}
