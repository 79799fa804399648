/** Mouse, pen and finger on the map: hover, click, drag to pan or to select, wheel or two fingers to zoom. */

import type { Camera } from "./gl/camera";
import { type Outline, rectangle } from "./lasso";
import type { Tool } from "./shared";

/** What a pointer acts on; places are pixels from the element's upper left corner. */
export interface Surface {
  readonly element: HTMLElement;
  readonly camera: Camera;
  readonly tool: Tool;
  readonly slow: boolean; // too many points to count on every move
  hover(px: number, py: number, time: number): void;
  click(px: number, py: number): void;
  leave(): void;
  zoom(factor: number, px: number, py: number): void;
  moved(): void; // the camera was panned
  outline(points: Outline): void; // a selection being drawn; [] for none
  select(outline: Outline | null): void;
}

interface Press {
  start: [number, number];
  last: [number, number];
  moved: boolean;
  outline: Outline;
}

const SLOP = 4; // pixels within which a press is a click
const RAW = "onpointerrawupdate" in window; // as the device reports, not once a frame

export class Pointer {
  private press: Press | null = null;
  private box = { left: 0, top: 0 };
  private fingers = new Map<number, [number, number]>(); // on a touch screen, where each is

  constructor(private map: Surface) {
    const field = map.element;
    field.onpointerenter = () => this.measure();
    field.onpointerleave = () => !this.press && map.leave();
    field.onpointerdown = (event) => this.down(event);
    field.onpointermove = (event) => this.move(event);
    field.onpointerup = field.onpointercancel = (event) => this.up(event);
    if (RAW) field.addEventListener("pointerrawupdate", ((event: PointerEvent) => this.hover(event)) as EventListener);
    field.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
  }

  private measure(): void {
    this.box = this.map.element.getBoundingClientRect();
  }

  private at(event: MouseEvent): [number, number] {
    return [event.clientX - this.box.left, event.clientY - this.box.top];
  }

  /** Whether a finger explores: it hovers as it moves, instead of panning. */
  private explores(event: PointerEvent): boolean {
    return event.pointerType === "touch" && this.map.tool === "pan";
  }

  private hover(event: PointerEvent): void {
    if (this.fingers.size > 1) return;
    if (this.press && !this.explores(event)) return;
    if (!onField(event)) return this.map.leave();
    this.map.hover(...this.at(event), event.timeStamp);
  }

  private down(event: PointerEvent): void {
    if (event.button !== 0 || !onField(event)) return;
    this.measure();
    this.map.element.setPointerCapture(event.pointerId);
    const at = this.at(event);
    if (event.pointerType === "touch" && this.fingers.set(event.pointerId, at).size > 1) {
      this.press = null; // two fingers zoom: neither of them previews or selects
      this.map.outline([]);
      return this.map.leave();
    }
    this.press = { start: at, last: at, moved: false, outline: [at] };
    if (this.explores(event)) this.map.hover(...at, event.timeStamp);
  }

  private move(event: PointerEvent): void {
    if (this.fingers.has(event.pointerId) && this.pinch(event)) return;
    if (!RAW || this.explores(event)) this.hover(event);
    if (!this.press || this.explores(event)) return;
    const at = this.at(event);
    const { start } = this.press;
    this.press.moved ||= Math.hypot(at[0] - start[0], at[1] - start[1]) > SLOP;
    if (this.press.moved) this.drag(this.press, at);
  }

  private drag(press: Press, [x, y]: [number, number]): void {
    const { map } = this;
    if (map.tool === "pan") {
      map.camera.pan(x - press.last[0], y - press.last[1]);
      map.moved();
    } else {
      press.outline = map.tool === "lasso" ? [...press.outline, [x, y]] : rectangle(...press.start, x, y);
      if (!map.slow) map.select(press.outline);
      map.outline(press.outline);
    }
    press.last = [x, y];
  }

  /** Two fingers: their spread zooms, their middle pans. */
  private pinch(event: PointerEvent): boolean {
    const { fingers, map } = this;
    const [x, y] = this.at(event);
    const before = fingers.get(event.pointerId)!;
    const other = [...fingers].find(([id]) => id !== event.pointerId)?.[1];
    fingers.set(event.pointerId, [x, y]);
    if (!other) return false;
    const spread = Math.hypot(x - other[0], y - other[1]);
    const spreadBefore = Math.max(1, Math.hypot(before[0] - other[0], before[1] - other[1]));
    map.camera.pan((x - before[0]) / 2, (y - before[1]) / 2);
    map.zoom(spread / spreadBefore, (x + other[0]) / 2, (y + other[1]) / 2);
    return true;
  }

  private up(event: PointerEvent): void {
    const { map, press } = this;
    this.fingers.delete(event.pointerId);
    if (!press) return event.pointerType === "touch" ? map.leave() : undefined;
    this.press = null;
    if (press.moved && map.tool !== "pan" && map.slow) map.select(press.outline);
    map.outline([]);
    if (event.type === "pointercancel") return map.leave();
    if (!press.moved || this.explores(event)) {
      if (map.tool !== "pan") map.select(null);
      map.click(...this.at(event));
    }
    if (event.pointerType === "touch") map.leave();
  }

  private wheel(event: WheelEvent): void {
    event.preventDefault();
    this.measure();
    this.map.zoom(Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.0016)), ...this.at(event));
  }
}

/** Whether an event is on the map itself, not on its buttons. */
const onField = (event: Event) => (event.target as HTMLElement).closest?.(".zoom") === null;
