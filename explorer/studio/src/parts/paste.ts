/** Pictures from the clipboard: Ctrl+V anywhere on the page, or a button. Files go to Python as they are, once. */

import type { PasteData } from "../contract";
import { h, icon, showIcons } from "../dom/elements";
import type { Part, Renderer } from "../types";
import { attach } from "./boot";

const MOST = 64 * 2 ** 20; // bytes at once: what a picture may have
const KEY = navigator.platform.startsWith("Mac") ? "⌘V" : "Ctrl+V";
const NO_PICTURE = "There is no picture on the clipboard: copy one first.";
const TOO_LARGE = "That is more than 64 MB: save it and upload the file.";
const NO_ACCESS = `This browser does not let a button read the clipboard here: press ${KEY}.`;

export const paste = (first: Renderer<PasteData>): Part<PasteData> => new Paste(first);

class Paste implements Part<PasteData> {
  private root: HTMLElement;
  private note = h("p.faint", { role: "status" });

  constructor(private renderer: Renderer<PasteData>) {
    const onclick = () => void this.readClipboard();
    const label = [icon("content_paste"), "Paste from the clipboard"];
    const button = h("button.paste", { type: "button", onclick }, ...label);
    const hint = h("p.faint", {}, `Press ${KEY} anywhere on this page, or`);
    this.root = h("div.studio.root", {}, h("div.clip", {}, hint, button, this.note));
    attach(renderer.parentElement, this.root);
    showIcons(this.root);
    document.addEventListener("paste", this.listen);
    this.show();
  }

  update(renderer: Renderer<PasteData>): void {
    this.renderer = renderer;
    this.show();
  }

  destroy(): void {
    document.removeEventListener("paste", this.listen);
    this.root.remove();
  }

  private show(): void {
    this.root.hidden = !this.renderer.data.shown;
  }

  private listen = (event: ClipboardEvent): void => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (!files.length && (isTyping(event) || !this.renderer.data.shown)) return; // text, for a field or for no part
    event.preventDefault();
    void this.send(files);
  };

  private async readClipboard(): Promise<void> {
    try {
      const items = await navigator.clipboard.read(); // https and localhost only, and with the visitor's leave
      const pictures = items.flatMap((item) => {
        const type = item.types.find((name) => name.startsWith("image/"));
        return type ? [item.getType(type)] : [];
      });
      void this.send(await Promise.all(pictures));
    } catch {
      this.note.textContent = NO_ACCESS;
    }
  }

  private async send(files: Blob[]): Promise<void> {
    const pictures = files.filter((file) => file.size > 0);
    const size = pictures.reduce((sum, file) => sum + file.size, 0);
    this.note.textContent = !pictures.length ? NO_PICTURE : size > MOST ? TOO_LARGE : "";
    if (this.note.textContent) return;
    this.renderer.setTriggerValue("pasted", await Promise.all(pictures.map(encode)));
  }
}

/** Whether the words go into a field. */
function isTyping(event: ClipboardEvent): boolean {
  const target = event.composedPath()[0];
  return target instanceof HTMLElement && (target.isContentEditable || target.matches("input, textarea"));
}

/** {name, data}: base64, since what a component sends is JSON. */
async function encode(file: Blob): Promise<{ name: string; data: string }> {
  const url = await new Promise<string>((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(reader.error ?? new Error("The file could not be read."));
    reader.readAsDataURL(file);
  });
  const name = file instanceof File && file.name !== "image.png" ? file.name : "the pasted picture";
  return { name, data: url.slice(url.indexOf(",") + 1) };
}
