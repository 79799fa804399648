/** From a skeleton to a live part: fetch what it needs, build it once, then hand it every new render. */

import { h, showIcons } from "../dom/elements";
import { type Latents, loadLatents } from "../net/latents";
import { openDecoder } from "../net/open";
import type { Part, PathData, Renderer, StudioData } from "../types";

interface Inner<T> {
  update(data: T): void;
  destroy(): void;
}

export function boot<T extends StudioData | PathData>(
  first: Renderer<T>,
  make: (root: HTMLElement, latents: Latents | null, renderer: () => Renderer<T>) => Inner<T>,
): Part<T> {
  let renderer = first;
  let inner: Inner<T> | null = null;
  let gone = false;
  const { model, bundle } = first.data;
  const skeleton = first.parentElement.querySelector<HTMLElement>(".studio.skeleton");
  const root = h("div.studio.root", { hidden: true });
  (skeleton?.parentElement ?? first.parentElement).append(root);
  openDecoder(model, bundle); // starts while the latents are still on their way
  loadLatents(model)
    .catch((error: Error) => (console.warn(error.message), null))
    .then((latents) => {
      if (gone) return;
      root.hidden = false; // first, so that boxes have their sizes
      skeleton?.setAttribute("hidden", "");
      showIcons(root);
      inner = make(root, latents, () => renderer);
      inner.update(renderer.data);
    });
  return {
    update(next) {
      renderer = next;
      inner?.update(next.data);
    },
    destroy() {
      gone = true;
      inner?.destroy();
      root.remove();
      skeleton?.removeAttribute("hidden");
    },
  };
}
