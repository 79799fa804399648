/** Small helpers for elements: no framework, one line an element. */

type Child = Node | string | null | undefined;
type Props = Record<string, unknown>;

/** h("button.tool", {title, onclick}, "text"): a tag with classes, properties or attributes, children. */
export function h<T extends HTMLElement = HTMLElement>(spec: string, props: Props = {}, ...children: Child[]): T {
  const [tag, ...classes] = spec.split(".");
  const element = document.createElement(tag) as T;
  if (classes.length) element.className = classes.join(" ");
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined) continue;
    if (name.startsWith("on") || name in element) Object.assign(element, { [name]: value });
    else element.setAttribute(name, String(value));
  }
  element.append(...children.filter((child): child is Node | string => child != null));
  return element;
}

/** A Material Symbol, from the font that Streamlit brings along. */
export function icon(name: string): HTMLElement {
  return h("span.icon", { "aria-hidden": "true" }, name);
}

/** Until the font is here, an icon would show its name. */
export function showIcons(root: HTMLElement): void {
  void document.fonts.load('20px "Material Symbols Rounded"', "add").finally(() => root.classList.add("icons"));
}

/** A button that is an icon; its sentence is the tooltip and the spoken name. */
export function tool(name: string, title: string, onclick: () => void): HTMLButtonElement {
  return h<HTMLButtonElement>("button.tool", { type: "button", title, "aria-label": title, onclick }, icon(name));
}

/** A tool that stays down. */
export function toggle(name: string, title: string, on: boolean, onChange: (on: boolean) => void): HTMLButtonElement {
  const button = tool(name, title, () => {
    const now = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", String(now));
    onChange(now);
  });
  button.setAttribute("aria-pressed", String(on));
  return button;
}

interface Choice<T extends string> {
  value: T;
  text: string;
  title?: string;
  reason?: string; // why it cannot be chosen
}

export interface Segments<T extends string> {
  element: HTMLElement;
  set(value: T): void;
  setChoices(choices: Choice<T>[]): void;
}

/** A few choices side by side, one of them on; one that cannot be chosen says why when it is reached. */
export function segments<T extends string>(
  label: string,
  choices: Choice<T>[],
  onChoose: (value: T) => void,
): Segments<T> {
  const element = h("div.segments", { role: "group", "aria-label": label });
  let buttons: HTMLButtonElement[] = [];
  const build = ({ value, text, title = "", reason = "" }: Choice<T>) => {
    const onclick = () => reason || onChoose(value);
    const disabled = reason ? "true" : undefined;
    const props = { type: "button", title: reason || title, "aria-disabled": disabled, onclick, value };
    return h<HTMLButtonElement>("button", props, text);
  };
  const setChoices = (all: Choice<T>[]) => {
    buttons = all.map(build);
    element.replaceChildren(...buttons);
  };
  const set = (value: T) => {
    for (const button of buttons) button.setAttribute("aria-pressed", String(button.value === value));
  };
  setChoices(choices);
  return { element, set, setChoices };
}

export interface Item {
  value: string;
  text: string;
}

export interface Select {
  element: HTMLLabelElement;
  set(items: Item[], value: string): void;
}

/** A native select: small, known, keyboard and screen reader included. */
export function select(label: string, onChoose: (value: string) => void): Select {
  const box = h<HTMLSelectElement>("select", { "aria-label": label, title: label });
  box.onchange = () => onChoose(box.value);
  let key = "";
  const set = (items: Item[], value: string) => {
    const next = JSON.stringify(items);
    if (next !== key) box.replaceChildren(...items.map((item) => new Option(item.text, item.value)));
    key = next;
    if (box.value !== value) box.value = value;
  };
  return { element: h<HTMLLabelElement>("label.select", {}, h("span", { "aria-hidden": "true" }, label), box), set };
}

/** Signed, two decimals, one width. */
export const number = (value: number) => (value < 0 ? "−" : "+") + Math.abs(value).toFixed(2);

/** A count with its thousands apart. */
export const thousands = (count: number) => count.toLocaleString("en");
