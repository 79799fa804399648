/** A button that puts words on the clipboard and says that it did. */

import { icon, tool } from "../dom/elements";

const SAID = 1200; // ms

/** `words` may take their time. */
export function copier(name: string, title: string, words: () => string | Promise<string>): HTMLButtonElement {
  const button = tool(name, title, () => void copy());
  let timer: ReturnType<typeof setTimeout> | undefined;
  const say = (symbol: string, spoken: string) => {
    button.replaceChildren(icon(symbol));
    button.setAttribute("aria-label", spoken);
  };
  const copy = async () => {
    const text = await words();
    try {
      await navigator.clipboard.writeText(text);
      say("check", "Copied");
    } catch {
      window.prompt("Copy this:", text); // a page that is not served securely has no clipboard
    }
    clearTimeout(timer);
    timer = setTimeout(() => say(name, title), SAID);
  };
  return button;
}
