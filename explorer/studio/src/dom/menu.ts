/** A button that unfolds a sheet; Escape folds it, and so does leaving it. */

import { h, icon } from "./elements";

export interface Menu {
  element: HTMLDetailsElement;
  close(refocus?: boolean): void; // refocus: its button has the focus again
}

/** `spec` is a class or two of its own, as ".downloads". */
export function menu(spec: string, symbol: string, title: string, sheet: HTMLElement): Menu {
  const button = h("summary.tool", { title, "aria-label": title }, icon(symbol));
  const element = h<HTMLDetailsElement>(`details.menu${spec}`, {}, button, sheet);
  const close = (refocus = false) => {
    element.open = false;
    if (refocus) button.focus({ preventScroll: true });
  };
  element.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !element.open) return;
    close(true);
    event.stopPropagation();
  });
  element.addEventListener("focusout", ({ relatedTarget }) => {
    if (relatedTarget instanceof Node && !element.contains(relatedTarget)) close();
  });
  return { element, close };
}
