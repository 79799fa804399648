/** From a skeleton to a live part: fetch what it needs, build it once, then update it with every new render. */

import type { PathData, StudioData } from "../contract";
import { h, showIcons } from "../dom/elements";
import { type Latents, loadLatents } from "../net/latents";
import { openDecoder } from "../net/open";
import type { Part, Renderer } from "../types";

/** What stands in the skeleton's place. */
export interface Content<T> {
  update(data: T): void;
  destroy(): void;
}

export type Build<T extends StudioData | PathData> = (
  root: HTMLElement,
  latents: Latents | null,
  renderer: () => Renderer<T>,
) => Content<T>;

export function boot<T extends StudioData | PathData>(first: Renderer<T>, build: Build<T>): Part<T> {
  let renderer = first;
  let content: Content<T> | null = null;
  let destroyed = false;
  const { model, bundle } = first.data;
  const root = h("div.studio.root", { hidden: true });
  const skeleton = attach(first.parentElement, root);
  openDecoder(model, bundle); // starts while the latents are still on their way
  void latentsOf(first.data).then((latents) => {
    if (destroyed) return;
    root.hidden = false; // first, so that boxes have their sizes
    skeleton.hide();
    showIcons(root);
    content = build(root, latents, () => renderer);
    content.update(renderer.data);
  });
  return {
    update(next) {
      renderer = next;
      content?.update(next.data);
    },
    destroy() {
      destroyed = true;
      content?.destroy();
      root.remove();
      skeleton.show();
    },
  };
}

/** null, and a warning, where there are none. */
async function latentsOf({ model }: StudioData | PathData): Promise<Latents | null> {
  try {
    return await loadLatents(model);
  } catch (error) {
    console.warn((error as Error).message);
    return null;
  }
}

/** Puts a part beside the page's skeleton, where there is one. */
export function attach(parent: ShadowRoot | HTMLElement, root: HTMLElement): { hide(): void; show(): void } {
  const skeleton = parent.querySelector<HTMLElement>(".studio.skeleton");
  (skeleton?.parentElement ?? parent).append(root);
  return {
    hide: () => skeleton?.setAttribute("hidden", ""),
    show: () => skeleton?.removeAttribute("hidden"),
  };
}
