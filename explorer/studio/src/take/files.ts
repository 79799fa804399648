/** What the browser itself makes and offers as a file. */

import { h } from "../dom/elements";

const GAP = 2; // pixels between the pictures of a sheet

export function offer(name: string, content: Blob): void {
  const href = URL.createObjectURL(content);
  h<HTMLAnchorElement>("a", { download: name, href }).click();
  setTimeout(() => URL.revokeObjectURL(href), 10_000);
}

export const text = (content: string, type: string) => new Blob([content], { type });

export async function offerPng(name: string, canvas: HTMLCanvasElement): Promise<void> {
  const png = await new Promise<Blob | null>((made) => canvas.toBlob(made, "image/png"));
  if (png) offer(name, png);
}

/** The whole number that enlarges a picture to about `side` pixels. */
export const times = (side: number, width: number) => Math.max(1, Math.floor(side / width));

/** Pictures of one size row by row, every pixel a square of k x k, white between them. */
export function laid(pictures: HTMLCanvasElement[], columns: number, k: number): HTMLCanvasElement {
  const [width, height] = [pictures[0].width * k, pictures[0].height * k];
  columns = Math.min(columns, pictures.length);
  const rows = Math.ceil(pictures.length / columns);
  const sheet = h<HTMLCanvasElement>("canvas", {
    width: columns * (width + GAP) - GAP,
    height: rows * (height + GAP) - GAP,
  });
  const context = sheet.getContext("2d")!;
  context.imageSmoothingEnabled = false;
  if (pictures.length > 1) {
    context.fillStyle = "#fff";
    context.fillRect(0, 0, sheet.width, sheet.height);
  }
  pictures.forEach((each, i) => {
    const [x, y] = [(i % columns) * (width + GAP), Math.floor(i / columns) * (height + GAP)];
    context.clearRect(x, y, width, height);
    context.drawImage(each, x, y, width, height);
  });
  return sheet;
}
