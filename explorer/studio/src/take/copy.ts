/** A button that puts text on the clipboard and says that it did. */

import { icon, tool } from "../dom/elements";

const SHOWN = 1200; // ms that it says so

/** `text` may take its time. */
export function copyButton(name: string, title: string, text: () => string | Promise<string>): HTMLButtonElement {
  const button = tool(name, title, () => void copy());
  let timer: ReturnType<typeof setTimeout> | undefined;
  const show = (symbol: string, spoken: string) => {
    button.replaceChildren(icon(symbol));
    button.setAttribute("aria-label", spoken);
  };
  const copy = async () => {
    const content = await text();
    try {
      await navigator.clipboard.writeText(content);
      show("check", "Copied");
    } catch {
      window.prompt("Copy this:", content); // a page that is not served securely has no clipboard
    }
    clearTimeout(timer);
    timer = setTimeout(() => show(name, title), SHOWN);
  };
  return button;
}
