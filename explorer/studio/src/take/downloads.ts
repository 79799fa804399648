/** The menu of files: the picture, its z, the points that were visited, all latents of the model. */

import { h, icon } from "../dom/elements";
import { asset } from "../net/server";
import type { Filmstrip } from "../picture/filmstrip";
import type { Picture } from "../picture/picture";
import type { ModelInfo } from "../types";
import { laid, offer, offerPng, text, times } from "./files";
import { shortest } from "./python";

const LARGE = 448; // pixels of an enlarged picture
const SMALL = 112; // and of one on the sheet
const COLUMNS = 10;

export class Downloads {
  readonly element: HTMLDetailsElement;

  /** `count` items have latents; 0: there are none to take. */
  constructor(
    private model: ModelInfo,
    count: number,
    private picture: Picture,
    private film: Filmstrip,
    private z: () => Float32Array,
  ) {
    const {
      name,
      shape: [, height, width],
    } = model;
    const k = times(LARGE, width);
    const pixels = (m: number) => `${m * width} × ${m * height}`;
    const rows = [
      this.row(
        "Picture, PNG",
        this.entry(pixels(1), `The picture at its own size, ${pixels(1)}, PNG`, () => this.save(1)),
        k > 1 ? this.entry(pixels(k), `The picture enlarged, ${pixels(k)}, PNG`, () => this.save(k)) : null,
      ),
      this.row(
        "This z",
        this.entry("JSON", "This z as JSON", () => offer(`${name}-z.json`, text(this.json(), "application/json"))),
        this.entry("CSV", "This z as CSV", () => offer(`${name}-z.csv`, text(this.csv([this.z()]), "text/csv"))),
      ),
      this.row(
        "Visited points",
        this.entry("PNG", "The visited points as one picture, PNG", () => this.visited()),
        this.entry("CSV", "The z of the visited points as CSV", () =>
          offer(`${name}-visited.csv`, text(this.csv(this.film.visited()), "text/csv")),
        ),
      ),
      count
        ? this.row(
            `All ${count.toLocaleString("en")} items`,
            this.link("latents.csv", "CSV", "The latents of all items as CSV"),
            this.link("latents.npz", "NPZ", "The latents of all items as NPZ, for NumPy"),
          )
        : null,
    ];
    const title = "Save: the picture, its z, visited points, all latents";
    this.element = h<HTMLDetailsElement>(
      "details.menu.downloads",
      {},
      h("summary.tool", { title, "aria-label": title }, icon("download")),
      h("div.sheet", { role: "group", "aria-label": "Files" }, ...rows),
    );
    this.element.onkeydown = (event) => void (event.key === "Escape" && this.close(true)); // false would swallow Tab
    this.element.addEventListener("focusout", (event) => {
      if (event.relatedTarget && !this.element.contains(event.relatedTarget as Node)) this.close();
    });
  }

  private row(label: string, ...entries: (HTMLElement | null)[]): HTMLElement {
    return h("div.line", {}, h("span.faint", {}, label), ...entries);
  }

  private entry(label: string, title: string, save: () => unknown): HTMLElement {
    const onclick = () => {
      this.close(true);
      save();
    };
    return h("button.file", { type: "button", title, "aria-label": title, onclick }, label);
  }

  private link(file: string, label: string, title: string): HTMLElement {
    const href = `${asset(this.model, file)}?v=${this.model.latents}`;
    return h(
      "a.file",
      { href, download: `${this.model.name}-${file}`, title, "aria-label": title, onclick: () => this.close(true) },
      label,
    );
  }

  private close(back = false): void {
    this.element.open = false;
    if (back) this.element.querySelector<HTMLElement>("summary")!.focus({ preventScroll: true });
  }

  private save(k: number): void {
    void offerPng(`${this.model.name}${k > 1 ? `-${k}x` : ""}.png`, laid([this.picture.canvas], 1, k));
  }

  private visited(): void {
    const pictures = this.film.pictures();
    if (pictures.length)
      void offerPng(`${this.model.name}-visited.png`, laid(pictures, COLUMNS, times(SMALL, pictures[0].width)));
  }

  private json(): string {
    const { name, digest } = this.model;
    return `${JSON.stringify({ model: name, digest, z: Array.from(this.z(), (v) => Number(shortest(v))) }, null, 2)}\n`;
  }

  private csv(points: Float32Array[]): string {
    const header = Array.from({ length: this.model.latent }, (_, d) => `z${d}`);
    return [header, ...points.map((z) => Array.from(z, shortest))].map((cells) => `${cells.join(",")}\n`).join("");
  }
}
