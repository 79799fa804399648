/** Files that the browser itself writes and saves. */

import { h } from "../dom/elements";

const GAP = 2; // pixels between the pictures of a sheet

export function saveFile(name: string, content: Blob): void {
  const href = URL.createObjectURL(content);
  h<HTMLAnchorElement>("a", { download: name, href }).click();
  setTimeout(() => URL.revokeObjectURL(href), 10_000);
}

export const saveText = (name: string, content: string, type: string) => saveFile(name, new Blob([content], { type }));

export async function savePng(name: string, canvas: HTMLCanvasElement): Promise<void> {
  const png = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/png"));
  if (png) saveFile(name, png);
}

/** The whole number that enlarges a picture to about `side` pixels. */
export const enlargement = (side: number, width: number) => Math.max(1, Math.floor(side / width));

/** Pictures of one size row by row, every pixel a square of k x k, white between them. */
export function contactSheet(pictures: HTMLCanvasElement[], mostColumns: number, k: number): HTMLCanvasElement {
  const [width, height] = [pictures[0].width * k, pictures[0].height * k];
  const columns = Math.min(mostColumns, pictures.length);
  const rows = Math.ceil(pictures.length / columns);
  const size = { width: columns * (width + GAP) - GAP, height: rows * (height + GAP) - GAP };
  const sheet = h<HTMLCanvasElement>("canvas", size);
  const context = sheet.getContext("2d")!;
  context.imageSmoothingEnabled = false;
  if (pictures.length > 1) {
    context.fillStyle = "#fff";
    context.fillRect(0, 0, sheet.width, sheet.height);
  }
  pictures.forEach((picture, i) => {
    const [x, y] = [(i % columns) * (width + GAP), Math.floor(i / columns) * (height + GAP)];
    context.clearRect(x, y, width, height);
    context.drawImage(picture, x, y, width, height);
  });
  return sheet;
}
