/** Canvases whose pixels are the device's. */

/** Size a canvas to its box in device pixels; true if it changed. */
export function fit(canvas: HTMLCanvasElement, width: number, height: number): boolean {
  const ratio = Math.min(devicePixelRatio || 1, 2);
  const [w, t] = [Math.max(1, Math.round(width * ratio)), Math.max(1, Math.round(height * ratio))];
  if (canvas.width === w && canvas.height === t) return false;
  canvas.width = w;
  canvas.height = t;
  return true;
}

/** Draw text-free 2-D content in CSS pixels. */
export function pen(canvas: HTMLCanvasElement): CanvasRenderingContext2D {
  const context = canvas.getContext("2d")!;
  const ratio = canvas.width / Math.max(1, canvas.clientWidth || canvas.width);
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  return context;
}
