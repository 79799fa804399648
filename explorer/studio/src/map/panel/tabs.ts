/** The maps to choose from, side by side: those of the checkpoint, and of the others the one that is shown. */

import { type Segments, segments } from "../../dom/elements";
import type { Latents } from "../../net/latents";
import { isJobKey } from "../../net/mapjobs";

const LABELS: Record<string, string> = { raw: "raw", pca: "PCA", umap: "UMAP", tsne: "t-SNE" };
const TITLES: Record<string, string> = {
  raw: "Two latent dimensions as they are",
  pca: "The plane of most variance (linear: a place has an exact z)",
  umap: "Neighbours stay neighbours (a place decodes from its neighbours' latents)",
  tsne: "Neighbours stay neighbours, and every group has its place (a place decodes from its neighbours' latents)",
};

export class Tabs {
  readonly element: HTMLElement;
  private segments: Segments<string>;
  private key = "";

  constructor(
    label: string,
    private latents: Latents,
    onChoose: (map: string) => void,
  ) {
    this.segments = segments<string>(label, [], onChoose);
    this.element = this.segments.element;
  }

  show(map: string): void {
    const names = ["raw", ...this.latents.maps.map(({ name }) => name)];
    this.setNames(
      names.filter((name) => !isJobKey(name) || name === map),
      map,
    );
    this.segments.set(map);
  }

  private setNames(names: string[], map: string): void {
    if (names.join() === this.key) return;
    this.key = names.join();
    const hasFocus = this.element.matches(":focus-within");
    const choice = (value: string) => ({
      value,
      text: this.label(value),
      title: TITLES[value] ?? this.label(value),
    });
    this.segments.setChoices(names.map(choice));
    if (hasFocus) this.element.querySelector<HTMLElement>(`[value="${map}"]`)?.focus();
  }

  private label(name: string): string {
    return this.latents.maps.find((map) => map.name === name)?.title ?? LABELS[name] ?? name;
  }
}
