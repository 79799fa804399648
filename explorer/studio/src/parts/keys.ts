/** The keyboard. Keys go to the studio when the focus is in it or nowhere; never while someone types. */

import { h } from "../dom/elements";
import { debounce } from "../dom/timing";
import type { MapField } from "../map/field";
import type { MapPanel } from "../map/panel/panel";
import type { Filmstrip } from "../picture/filmstrip";
import type { ZPanel } from "../sliders/panel";
import type { Hand } from "../state/cursor";

interface Keyed {
  root: HTMLElement;
  hand: Hand;
  zpanel: ZPanel;
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

export function keys(on: Keyed): () => void {
  const { root, hand, zpanel } = on;
  const settle = debounce(350, () => hand.commit());
  const help = h<HTMLDialogElement>(
    "dialog.help",
    { "aria-label": "Keyboard" },
    h("dl", {}, ...HELP.flatMap(([key, what]) => [h("dt", {}, h("kbd", {}, key)), h("dd", {}, what)])),
  );
  help.onclick = () => help.close();
  root.append(help);

  const along = (sign: number, event: KeyboardEvent, step = event.shiftKey ? 0.02 : 0.1) => {
    const dim = zpanel.sliders.chosen;
    hand.preview(hand.set(dim, hand.live[dim] + sign * step), "slider", event.timeStamp);
    settle();
  };
  const across = (field: MapField, dx: number, dy: number, event: KeyboardEvent) => {
    const step = event.shiftKey ? 2 : 10;
    field.nudge(dx * step, dy * step);
    settle();
  };
  const arrows: Record<string, [number, number]> = {
    ArrowLeft: [-1, 0],
    ArrowRight: [1, 0],
    ArrowUp: [0, -1],
    ArrowDown: [0, 1],
  };

  const act = (event: KeyboardEvent, target: Element | null): boolean => {
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if ((event.ctrlKey || event.metaKey) && key === "z")
      return (event.shiftKey ? on.film.redo() : on.film.undo(), true);
    if (event.ctrlKey || event.metaKey || event.altKey) return false;
    const arrow = arrows[key];
    const field = arrow && on.map?.at(target);
    if (field) return (across(field, ...arrow, event), true);
    if (arrow && target?.closest("button, select, summary, .steps")) return false;
    if (arrow) return (arrow[0] ? along(arrow[0], event) : zpanel.sliders.step(arrow[1]), true);
    if (key === "PageUp" || key === "PageDown")
      return target?.closest(".track") ? (along(key === "PageUp" ? 1 : -1, event, 0.5), true) : false;
    if (key === "r") return (zpanel.random(), true);
    if (key === "Home") return (zpanel.reset(), true);
    if (key === "l") return (on.lock(), true);
    if (key === "s") return (on.snap(), true);
    if (key === " " && !target?.closest("button, summary")) return (zpanel.toggleWalk(), true);
    if (key === "?") return (help.open ? help.close() : help.showModal(), true);
    return false;
  };

  const heard = (event: KeyboardEvent) => {
    const target = event.composedPath()[0] as Element;
    const inside = event.composedPath().includes(root);
    if (!inside && target !== document.body) return;
    if (target.matches?.("input, textarea, select, [contenteditable]")) return;
    if (!act(event, inside ? target : null)) return;
    event.preventDefault();
    event.stopImmediatePropagation(); // R is Streamlit's key for a rerun, too
  };
  window.addEventListener("keydown", heard, { capture: true });
  return () => {
    settle.cancel();
    window.removeEventListener("keydown", heard, { capture: true });
  };
}
