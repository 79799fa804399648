/** The keyboard. Keys go to the studio when the focus is in it or nowhere; never while someone types. */

import { h } from "../dom/elements";
import { debounce } from "../dom/timing";
import type { MapField } from "../map/field";
import type { MapPanel } from "../map/panel/panel";
import type { Filmstrip } from "../picture/filmstrip";
import type { SliderPanel } from "../sliders/panel";
import type { Cursor } from "../state/cursor";

export interface KeyTargets {
  root: HTMLElement;
  cursor: Cursor;
  panel: SliderPanel;
  film: Filmstrip;
  map: MapPanel | null;
  lock(): void;
  snap(): void;
}

const HELP: [string, string][] = [
  ["← →", "along the chosen dimension, or across the map"],
  ["↑ ↓", "choose a dimension, or across the map"],
  ["Shift", "with arrows or a drag: finer"],
  ["Page ↑ ↓", "on a slider: half a unit"],
  ["Tab", "to the next control"],
  ["R", "random z from the prior"],
  ["Home", "reset to 0"],
  ["L", "lock the chosen dimension"],
  ["S", "snap to the nearest item"],
  ["Space", "play, pause"],
  ["Ctrl Z", "back; with Shift: forward"],
  ["Enter", "in a number: go there; in a name: keep it"],
  ["Esc", "leave a number or a name as it was"],
  ["?", "this list"],
];

const ARROWS: Record<string, [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};
const PAGES: Record<string, number> = { PageUp: 0.5, PageDown: -0.5 };

const STILL = 350; // ms without a key until a move is committed
const TYPING = "input, textarea, select, [contenteditable]";

export class Keys {
  private commitSoon = debounce(STILL, () => this.on.cursor.commit());
  private help = helpDialog();

  constructor(private on: KeyTargets) {
    on.root.append(this.help);
    window.addEventListener("keydown", this.listen, { capture: true });
  }

  destroy(): void {
    this.commitSoon.cancel();
    window.removeEventListener("keydown", this.listen, { capture: true });
  }

  private listen = (event: KeyboardEvent): void => {
    const target = event.composedPath()[0] as Element;
    const isInside = event.composedPath().includes(this.on.root);
    if (!isInside && target !== document.body) return;
    if (target.matches?.(TYPING)) return;
    if (!this.act(event, isInside ? target : null)) return;
    event.preventDefault();
    event.stopImmediatePropagation(); // R is Streamlit's key for a rerun, too
  };

  /** Whether the key has a meaning here; it is acted on then. */
  private act(event: KeyboardEvent, target: Element | null): boolean {
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (event.ctrlKey || event.metaKey) return key === "z" && this.undo(event.shiftKey);
    if (event.altKey) return false;
    if (key in ARROWS) return this.arrow(ARROWS[key], event, target);
    if (key in PAGES) return target?.closest(".track") ? this.along(PAGES[key], event) : false;
    if (key === " " && target?.closest("button, summary")) return false;
    const action = this.actions[key];
    action?.();
    return action !== undefined;
  }

  private actions: Record<string, () => void> = {
    r: () => this.on.panel.random(),
    Home: () => this.on.panel.reset(),
    l: () => this.on.lock(),
    s: () => this.on.snap(),
    " ": () => this.on.panel.toggleWalk(),
    "?": () => (this.help.open ? this.help.close() : this.help.showModal()),
  };

  private undo(redo: boolean): true {
    if (redo) this.on.film.redo();
    else this.on.film.undo();
    return true;
  }

  /** Across the map that has the focus; elsewhere along the chosen dimension, or to the next one. */
  private arrow([dx, dy]: [number, number], event: KeyboardEvent, target: Element | null): boolean {
    const field = this.on.map?.fieldOf(target);
    if (field) return this.across(field, dx, dy, event);
    if (target?.closest("button, select, summary, .steps")) return false;
    if (dx) return this.along(dx * (event.shiftKey ? 0.02 : 0.1), event);
    this.on.panel.sliders.step(dy);
    return true;
  }

  private along(step: number, event: KeyboardEvent): true {
    const { cursor, panel } = this.on;
    const dim = panel.sliders.current;
    cursor.preview(cursor.with(dim, cursor.live[dim] + step), "slider", event.timeStamp);
    this.commitSoon();
    return true;
  }

  private across(field: MapField, dx: number, dy: number, event: KeyboardEvent): true {
    const step = event.shiftKey ? 2 : 10;
    field.nudge(dx * step, dy * step);
    this.commitSoon();
    return true;
  }
}

function helpDialog(): HTMLDialogElement {
  const rows = HELP.flatMap(([key, meaning]) => [h("dt", {}, h("kbd", {}, key)), h("dd", {}, meaning)]);
  const dialog = h<HTMLDialogElement>("dialog.help", { "aria-label": "Keyboard" }, h("dl", {}, ...rows));
  dialog.onclick = () => dialog.close();
  return dialog;
}
