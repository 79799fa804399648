/** Pictures from the clipboard: Ctrl+V anywhere on the page, or a button. Files go to Python as they are, once. */

import { h, icon, showIcons } from "../dom/elements";
import type { Part, PasteData, Renderer } from "../types";

const MOST = 64 * 2 ** 20; // bytes at once: what a picture may have
const KEY = navigator.platform.startsWith("Mac") ? "⌘V" : "Ctrl+V";

export function paste(first: Renderer<PasteData>): Part<PasteData> {
  let renderer = first;
  const note = h("p.faint", { role: "status" });
  const said = `Press ${KEY} anywhere on this page, or`;
  const button = h<HTMLButtonElement>(
    "button.paste",
    { type: "button" },
    icon("content_paste"),
    "Paste from the clipboard",
  );
  const root = h("div.studio.root", {}, h("div.clip", {}, h("p.faint", {}, said), button, note));
  (first.parentElement.querySelector(".studio.skeleton")?.parentElement ?? first.parentElement).append(root);
  showIcons(root);

  const send = async (files: Blob[]) => {
    const pictures = files.filter((file) => file.size > 0);
    if (!pictures.length) return void (note.textContent = "There is no picture on the clipboard: copy one first.");
    if (pictures.reduce((sum, file) => sum + file.size, 0) > MOST) {
      return void (note.textContent = "That is more than 64 MB: save it and upload the file.");
    }
    note.textContent = "";
    renderer.setTriggerValue("pasted", await Promise.all(pictures.map(packed)));
  };

  const heard = (event: ClipboardEvent) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (!files.length && (typing(event) || !renderer.data.shown)) return; // words, for a field or for nobody
    event.preventDefault();
    void send(files);
  };

  button.onclick = async () => {
    try {
      const items = await navigator.clipboard.read(); // https and localhost only, and with the visitor's leave
      const kinds = items.map((item) => [item, item.types.find((type) => type.startsWith("image/"))] as const);
      void send(await Promise.all(kinds.flatMap(([item, kind]) => (kind ? [item.getType(kind)] : []))));
    } catch {
      note.textContent = `This browser does not let a button read the clipboard here: press ${KEY}.`;
    }
  };

  const show = () => (root.hidden = !renderer.data.shown);
  document.addEventListener("paste", heard);
  show();
  return {
    update(next) {
      renderer = next;
      show();
    },
    destroy() {
      document.removeEventListener("paste", heard);
      root.remove();
    },
  };
}

/** Whether the words go into a field. */
function typing(event: ClipboardEvent): boolean {
  const target = event.composedPath()[0];
  return target instanceof HTMLElement && (target.isContentEditable || target.matches("input, textarea"));
}

/** {name, data}: base64, since what a component sends is JSON. */
async function packed(file: Blob): Promise<{ name: string; data: string }> {
  const address = await new Promise<string>((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(reader.error ?? new Error("The file could not be read."));
    reader.readAsDataURL(file);
  });
  const name = file instanceof File && file.name !== "image.png" ? file.name : "the pasted picture";
  return { name, data: address.slice(address.indexOf(",") + 1) };
}
