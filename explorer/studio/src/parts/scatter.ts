/** Three dimensions at once: Python's Plotly figure, drawn once and then updated, so that the camera stays. */

import { h } from "../dom/elements";
import { readTheme } from "../dom/theme";
import type { Part, Renderer, ScatterData } from "../types";

interface Plotly {
  react(element: HTMLElement, data: unknown[], layout: Record<string, unknown>, config: object): Promise<unknown>;
  purge(element: HTMLElement): void;
}
interface Drawn extends HTMLElement {
  on(name: string, heard: (event: { points: { customdata?: unknown }[] }) => void): void;
}

const STEADY = 4; // pixels that a hand may slip in a click; more turns the figure
const CONFIG = { displaylogo: false, responsive: true, scrollZoom: true, displayModeBar: false };

let library: Promise<Plotly> | undefined;

export function scatter(first: Renderer<ScatterData>): Part<ScatterData> {
  let renderer = first;
  let [shown, gone, over, work] = ["", false, -1, Promise.resolve()];
  const field = h<Drawn>("div.scatter", { role: "figure" });
  const root = h("div.studio.root", {}, field);
  const skeleton = first.parentElement.querySelector<HTMLElement>(".studio.skeleton");
  (skeleton?.parentElement ?? first.parentElement).append(root);
  skeleton?.setAttribute("hidden", "");

  const draw = async () => {
    const { figure, alt } = renderer.data;
    if (gone || figure === shown) return;
    field.setAttribute("aria-label", alt);
    try {
      const plotly = await (library ??= load(renderer.data.plotly));
      if (gone) return;
      const { data, layout } = JSON.parse(figure);
      layout.font.family = readTheme(root).sans;
      await plotly.react(field, data, layout, CONFIG);
      if (!shown) listen();
      shown = figure;
    } catch (error) {
      library = undefined;
      console.warn(error);
      field.replaceChildren(
        h(
          "p.empty",
          {},
          "The 3-D view could not be drawn: it needs WebGL, and Plotly from this server. Reload the page.",
        ),
      );
    }
  };

  const listen = () => {
    field.on("plotly_hover", ({ points }) => (over = Number(points[0]?.customdata ?? -1)));
    field.on("plotly_unhover", () => (over = -1));
  };

  // Plotly calls it a click as soon as a button is down over a point, and every turn begins like that.
  let start: { x: number; y: number; item: number } | null = null;
  const down = (event: PointerEvent) =>
    (start = event.button === 0 ? { x: event.clientX, y: event.clientY, item: over } : null);
  const up = (event: PointerEvent) => {
    const from = start;
    start = null;
    if (!from || from.item < 0 || Math.hypot(event.clientX - from.x, event.clientY - from.y) > STEADY) return;
    renderer.setTriggerValue("item", from.item);
  };
  field.addEventListener("pointerdown", down, true);
  window.addEventListener("pointerup", up, true);

  const next = () => (work = work.then(draw));
  void next();
  return {
    update(now) {
      renderer = now;
      void next();
    },
    destroy() {
      gone = true;
      window.removeEventListener("pointerup", up, true);
      void library?.then((plotly) => plotly.purge(field));
      root.remove();
      skeleton?.removeAttribute("hidden");
    },
  };
}

/** Plotly as its package brings it: a script that leaves one name behind. */
function load(address: string): Promise<Plotly> {
  return new Promise((resolve, reject) => {
    const script = h<HTMLScriptElement>("script", { src: new URL(address, document.baseURI).href });
    script.onload = () => resolve((window as unknown as { Plotly: Plotly }).Plotly);
    script.onerror = () => reject(new Error("Plotly did not load."));
    document.head.append(script);
  });
}
