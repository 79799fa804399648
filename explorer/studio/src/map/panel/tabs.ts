/** The maps to choose from, side by side: those that came with the model, and the one of the others that is shown. */

import { segments } from "../../dom/elements";
import type { Latents } from "../../net/latents";
import { isMade } from "../../net/mapjobs";

const TITLES: Record<string, string> = { raw: "raw", pca: "PCA", umap: "UMAP", tsne: "t-SNE" };
const WORDS: Record<string, string> = {
  raw: "Two latent dimensions as they are",
  pca: "The plane of most variance (linear: a place has an exact z)",
  umap: "Neighbours stay neighbours (a place decodes from its neighbours' latents)",
  tsne: "Neighbours stay neighbours, and every group has its place (a place decodes from its neighbours' latents)",
};

export class Kinds {
  readonly element: HTMLElement;
  private row: ReturnType<typeof segments<string>>;
  private offered = "";

  constructor(
    label: string,
    private latents: Latents,
    chosen: (map: string) => void,
  ) {
    this.row = segments<string>(label, [], chosen);
    this.element = this.row.element;
  }

  show(map: string): void {
    const names = ["raw", ...this.latents.maps.map((m) => m.name).filter((name) => !isMade(name) || name === map)];
    if (names.join() !== this.offered) {
      const held = this.element.matches(":focus-within");
      this.row.offer(
        names.map((value) => ({ value, text: this.title(value), title: WORDS[value] ?? this.title(value) })),
      );
      if (held) this.element.querySelector<HTMLElement>(`[value="${map}"]`)?.focus();
    }
    this.offered = names.join();
    this.row.set(map);
  }

  private title(name: string): string {
    return this.latents.maps.find((m) => m.name === name)?.title ?? TITLES[name] ?? name;
  }
}
