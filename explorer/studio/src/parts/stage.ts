/** The header of a presentation: the step's title and sentence, its number, and the keys of a clicker. */

import { h, showIcons, tool } from "../dom/elements";
import type { Part, Renderer, StageData } from "../types";

type Turn = "next" | "previous" | "leave";

const KEYS: Record<string, Turn> = {
  PageDown: "next",
  ArrowRight: "next",
  ArrowDown: "next",
  " ": "next",
  Enter: "next",
  PageUp: "previous",
  ArrowLeft: "previous",
  ArrowUp: "previous",
  Backspace: "previous",
  Escape: "leave",
};
const ALWAYS = ["PageDown", "PageUp", "Escape"]; // a clicker's keys turn the page whatever has the focus

export function stage(first: Renderer<StageData>): Part<StageData> {
  let renderer = first;
  const fetched = new Set<string>();
  const title = h("h1.title");
  const text = h("p.sentence");
  const number = h("output.number", { "aria-label": "Step" });
  const turn = (way: Turn) => renderer.setTriggerValue("turn", way);
  const back = tool("arrow_back", "Previous step (Page up)", () => turn("previous"));
  const next = tool("arrow_forward", "Next step (Page down)", () => turn("next"));
  const black = h("div.black", {
    hidden: true,
    role: "img",
    "aria-label": "The screen is black; any key shows it again",
  });
  black.onclick = () => (black.hidden = true);
  const root = h(
    "div.studio.root.stage-bar",
    {},
    h("div.said", {}, title, text),
    number,
    back,
    next,
    tool("visibility_off", "Black screen (B)", () => (black.hidden = false)),
    tool("close_fullscreen", "Leave the stage (Esc)", () => turn("leave")),
    black,
  );
  (first.parentElement.querySelector(".studio.skeleton")?.parentElement ?? first.parentElement).append(root);
  showIcons(root);

  const heard = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.composedPath()[0] as Element;
    if (target.matches?.("input, textarea, select, [contenteditable]")) return;
    const free = target === document.body || ALWAYS.includes(event.key) || "bB.".includes(event.key);
    if (!free) return;
    if (!black.hidden || "bB.".includes(event.key)) black.hidden = !black.hidden;
    else if (KEYS[event.key]) turn(KEYS[event.key]);
    else return;
    event.preventDefault();
    event.stopImmediatePropagation(); // the studio has other uses for these keys
  };

  const show = ({ title: what, text: sentence, at, count, preload }: StageData) => {
    title.textContent = what;
    text.textContent = sentence;
    text.hidden = !sentence;
    number.textContent = count ? `${at || "–"} / ${count}` : "";
    back.disabled = at < 2;
    next.disabled = at >= count;
    for (const address of preload.filter((each) => !fetched.has(each))) {
      fetched.add(address);
      void fetch(new URL(address, document.baseURI), { priority: "low" })
        .then((answer) => answer.blob())
        .catch(() => fetched.delete(address));
    }
  };

  window.addEventListener("keydown", heard, { capture: true });
  show(first.data);
  return {
    update(now) {
      renderer = now;
      show(now.data);
    },
    destroy() {
      window.removeEventListener("keydown", heard, { capture: true });
      root.remove();
    },
  };
}
