/** The menu of files: the picture, its z, the visited points, all latents of the model. */

import type { ModelInfo } from "../contract";
import { h } from "../dom/elements";
import { type Menu, menu } from "../dom/menu";
import { asset } from "../net/server";
import type { Filmstrip } from "../picture/filmstrip";
import type { Picture } from "../picture/picture";
import { contactSheet, enlargement, savePng, saveText } from "./files";
import { shortest } from "./python";

const LARGE = 448; // pixels of an enlarged picture
const SMALL = 112; // and of one on the sheet
const COLUMNS = 10;

export class Downloads {
  private menu: Menu;

  /** `count` items have latents; 0: there are none to take. */
  constructor(
    private model: ModelInfo,
    count: number,
    private picture: Picture,
    private film: Filmstrip,
    private z: () => Float32Array,
  ) {
    const rows = [this.pictureRow(), this.zRow(), this.pointsRow(), count ? this.itemsRow(count) : null];
    const sheet = h("div.sheet", { role: "group", "aria-label": "Files" }, ...rows);
    this.menu = menu(".downloads", "download", "Save: the picture, its z, visited points, all latents", sheet);
  }

  get element(): HTMLElement {
    return this.menu.element;
  }

  private pictureRow(): HTMLElement {
    const [, height, width] = this.model.shape;
    const k = enlargement(LARGE, width);
    const size = (m: number) => `${m * width} × ${m * height}`;
    return row(
      "Picture, PNG",
      this.file(size(1), `The picture at its own size, ${size(1)}, PNG`, () => this.savePicture(1)),
      k > 1 ? this.file(size(k), `The picture enlarged, ${size(k)}, PNG`, () => this.savePicture(k)) : null,
    );
  }

  private zRow(): HTMLElement {
    const { name } = this.model;
    return row(
      "This z",
      this.file("JSON", "This z as JSON", () => saveText(`${name}-z.json`, this.json(), "application/json")),
      this.file("CSV", "This z as CSV", () => saveText(`${name}-z.csv`, this.csv([this.z()]), "text/csv")),
    );
  }

  private pointsRow(): HTMLElement {
    const saveCsv = () => saveText(`${this.model.name}-visited.csv`, this.csv(this.film.points()), "text/csv");
    return row(
      "Visited points",
      this.file("PNG", "The visited points as one picture, PNG", () => this.saveSheet()),
      this.file("CSV", "The z of the visited points as CSV", saveCsv),
    );
  }

  private itemsRow(count: number): HTMLElement {
    return row(
      `All ${count.toLocaleString("en")} items`,
      this.link("latents.csv", "CSV", "The latents of all items as CSV"),
      this.link("latents.npz", "NPZ", "The latents of all items as NPZ, for NumPy"),
    );
  }

  private file(label: string, title: string, save: () => void): HTMLElement {
    const onclick = () => {
      this.menu.close(true);
      save();
    };
    return h("button.file", { type: "button", title, "aria-label": title, onclick }, label);
  }

  private link(file: string, label: string, title: string): HTMLElement {
    const href = `${asset(this.model, file)}?v=${this.model.latents}`;
    const download = `${this.model.name}-${file}`;
    return h("a.file", { href, download, title, "aria-label": title, onclick: () => this.menu.close(true) }, label);
  }

  private savePicture(k: number): void {
    const name = `${this.model.name}${k > 1 ? `-${k}x` : ""}.png`;
    void savePng(name, contactSheet([this.picture.canvas], 1, k));
  }

  private saveSheet(): void {
    const pictures = this.film.pictures();
    if (!pictures.length) return;
    const sheet = contactSheet(pictures, COLUMNS, enlargement(SMALL, pictures[0].width));
    void savePng(`${this.model.name}-visited.png`, sheet);
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

const row = (label: string, ...entries: (HTMLElement | null)[]) =>
  h("div.line", {}, h("span.faint", {}, label), ...entries);
