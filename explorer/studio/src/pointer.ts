/** Mouse, pen and finger on the map: hover, click, drag to pan or to select, wheel or two fingers to zoom. */

import type { MapField } from "./map";
import { rectangle, type Outline } from "./pick";

export type Tool = "pan" | "rectangle" | "lasso";

const tools = new WeakMap<MapField, Tool>();
const SLOP = 4; // pixels within which a press is a click
const RAW = "onpointerrawupdate" in window;

export const setTool = (map: MapField, tool: Tool) => void tools.set(map, tool);
export const toolOf = (map: MapField): Tool => tools.get(map) ?? "pan";

export function pointer(map: MapField): void {
  const field = map.element;
  let press: { x: number; y: number; lastX: number; lastY: number; moved: boolean; outline: Outline } | null = null;
  let box = { left: 0, top: 0 };
  const fingers = new Map<number, [number, number]>(); // on a touch screen, where each is
  const at = (event: MouseEvent): [number, number] => [event.clientX - box.left, event.clientY - box.top];
  const onField = (event: Event) => (event.target as HTMLElement).closest?.(".zoom") === null;

  /** Two fingers: their spread zooms, their middle pans. */
  const pinch = (event: PointerEvent): boolean => {
    const [x, y] = at(event);
    const [was, other] = [fingers.get(event.pointerId)!, [...fingers].find(([id]) => id !== event.pointerId)?.[1]];
    fingers.set(event.pointerId, [x, y]);
    if (!other) return false;
    const middle = [(x + other[0]) / 2, (y + other[1]) / 2];
    const spread = Math.hypot(x - other[0], y - other[1]) / Math.max(1, Math.hypot(was[0] - other[0], was[1] - other[1]));
    map.camera.pan((x - was[0]) / 2, (y - was[1]) / 2);
    map.zoom(spread, middle[0], middle[1]);
    return true;
  };

  const hover = (event: PointerEvent) => {
    if (fingers.size > 1) return;
    if (press && !touches(event)) return;
    if (!onField(event)) return map.leave();
    map.hover(...at(event), event.timeStamp);
  };
  const touches = (event: PointerEvent) => event.pointerType === "touch" && toolOf(map) === "pan";

  field.onpointerenter = () => (box = field.getBoundingClientRect());
  field.onpointerleave = () => !press && map.leave();
  if (RAW) field.addEventListener("pointerrawupdate", hover as EventListener);

  field.onpointerdown = (event) => {
    if (event.button !== 0 || !onField(event)) return;
    box = field.getBoundingClientRect();
    field.setPointerCapture(event.pointerId);
    const [x, y] = at(event);
    if (event.pointerType === "touch" && fingers.set(event.pointerId, [x, y]).size > 1) {
      press = null; // two fingers zoom: neither of them previews or selects
      map.overlay.state.outline = [];
      return map.leave();
    }
    press = { x, y, lastX: x, lastY: y, moved: false, outline: [[x, y]] };
    if (touches(event)) map.hover(x, y, event.timeStamp);
  };

  field.onpointermove = (event) => {
    if (fingers.has(event.pointerId) && pinch(event)) return;
    if (!RAW || touches(event)) hover(event);
    if (!press || touches(event)) return;
    const [x, y] = at(event);
    press.moved ||= Math.hypot(x - press.x, y - press.y) > SLOP;
    if (!press.moved) return;
    if (toolOf(map) === "pan") {
      map.camera.pan(x - press.lastX, y - press.lastY);
      map.moved();
    } else {
      press.outline = toolOf(map) === "lasso" ? [...press.outline, [x, y]] : rectangle(press.x, press.y, x, y);
      map.overlay.state.outline = press.outline;
      if (!map.points.slow) map.pick(press.outline); // too many to count on every move
      map.overlay.soon();
    }
    [press.lastX, press.lastY] = [x, y];
  };

  const end = (event: PointerEvent) => {
    fingers.delete(event.pointerId);
    if (!press) return event.pointerType === "touch" ? map.leave() : undefined;
    const { moved, outline } = press;
    press = null;
    if (moved && toolOf(map) !== "pan" && map.points.slow) map.pick(outline);
    map.overlay.state.outline = [];
    map.overlay.soon();
    if (event.type === "pointercancel") return map.leave();
    if (!moved || touches(event)) {
      if (toolOf(map) !== "pan") map.pick(null);
      map.click(...at(event));
    }
    if (event.pointerType === "touch") map.leave();
  };
  field.onpointerup = end;
  field.onpointercancel = end;

  field.addEventListener("wheel", (event) => {
    event.preventDefault();
    box = field.getBoundingClientRect();
    map.zoom(Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.0016)), ...at(event));
  }, { passive: false });
}
