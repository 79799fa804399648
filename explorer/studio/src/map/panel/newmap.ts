/** Two small menus of the map: a new map with its settings, and colours from clusters or from a table. */

import { h, icon, segments, tool } from "../../dom/elements";
import type { Latents } from "../../net/latents";
import { isMap, type Made, type Place, type Thing, type Wish } from "../../net/mapjobs";
import { CLUSTER_SETTINGS, LIMITS, MAP_SETTINGS, type Setting } from "./settings";

/** A choice, its settings, a button. */
class Form {
  readonly element: HTMLElement;
  private kind: string;
  private inputs = new Map<string, HTMLInputElement>();
  private rows = h("div.rows");
  private note = h("p.faint");
  private pick: ReturnType<typeof segments<string>>;

  constructor(
    label: string,
    choices: { value: string; text: string; title?: string }[],
    private settings: (kind: string) => Setting[],
    button: string,
    wish: (kind: string, values: Record<string, number>) => void,
    private noteOf: (kind: string) => string = () => "",
  ) {
    this.kind = choices[choices.length - 1].value;
    this.pick = segments(label, choices, (kind) => this.choose(kind));
    const go = h<HTMLButtonElement>("button.go", { type: "submit" }, button);
    this.element = h(
      "form.wish",
      {
        onsubmit: (event: Event) => {
          event.preventDefault();
          wish(this.kind, Object.fromEntries([...this.inputs].map(([name, input]) => [name, input.valueAsNumber])));
        },
      },
      this.pick.element,
      this.rows,
      this.note,
      go,
    );
    this.choose(this.kind);
  }

  private choose(kind: string): void {
    this.kind = kind;
    this.pick.set(kind);
    this.inputs.clear();
    this.rows.replaceChildren(
      ...this.settings(kind).map(({ name, text, title, value, min, max, step }) => {
        const input = h<HTMLInputElement>("input.number", {
          type: "number",
          required: true,
          min: String(min),
          max: String(max),
          step: String(step),
          value: String(value),
        });
        this.inputs.set(name, input);
        return h("label.entry", { title }, h("span", {}, text), input);
      }),
    );
    this.note.textContent = this.noteOf(kind);
    this.note.hidden = !this.note.textContent;
  }
}

/** What there is: shown on a click, removed with its button. */
class List {
  readonly element = h("div.things");

  constructor(
    private made: Made,
    private mine: (thing: Thing) => boolean,
    private show: (key: string) => void,
  ) {}

  refresh(shown: string): void {
    const rows = this.made.things
      .filter((each) => this.mine(each) && each.state !== "running")
      .map((each) => {
        const trust = each.trust === null ? "" : each.trust.toFixed(2);
        const open = h<HTMLButtonElement>(
          "button.open",
          {
            type: "button",
            disabled: each.state !== "done",
            "aria-pressed": String(each.key === shown),
            title:
              each.state === "failed" ? each.message : trust ? `${each.title}; trustworthiness ${trust}` : each.title,
            onclick: () => this.show(each.key),
          },
          h("span.name", {}, each.title),
          each.state === "failed" ? h("span.faint", {}, "failed") : h("span.number.faint", {}, trust),
        );
        return h(
          "div.thing",
          {},
          open,
          tool("delete", `Remove ${each.title}`, () => void this.made.forget(each.key)),
        );
      });
    this.element.replaceChildren(...rows);
    this.element.hidden = !rows.length;
  }
}

function menu(iconName: string, title: string, where: string, ...children: HTMLElement[]): HTMLDetailsElement {
  const element = h<HTMLDetailsElement>(
    `details.menu.${where}`,
    {},
    h("summary.tool", { title, "aria-label": title }, icon(iconName)),
    h("div.sheet", {}, ...children),
  );
  element.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && element.open) {
      element.open = false;
      element.querySelector("summary")?.focus();
      event.stopPropagation();
    } else if ((event.target as Element).matches("input, button")) event.stopPropagation(); // letters are no short cuts here
  });
  element.addEventListener("focusout", ({ relatedTarget }) => {
    if (relatedTarget instanceof Node && !element.contains(relatedTarget)) element.open = false;
  });
  return element;
}

export class NewMap {
  readonly element: HTMLDetailsElement;
  private list: List;

  constructor(made: Made, { dims, count }: Latents, place: Place, show: (map: string) => void) {
    this.list = new List(made, isMap, show);
    const limit = (kind: string) => {
      const most = LIMITS[kind];
      return most && count > most
        ? `${most.toLocaleString("en")} of ${count.toLocaleString("en")} items, drawn at random, are laid out; the rest is placed by its neighbours.`
        : "";
    };
    const settings = (kind: string) =>
      MAP_SETTINGS[kind].map((each) =>
        kind === "pca" ? { ...each, max: dims, value: Math.min(each.value, dims) } : each,
      );
    const form = new Form(
      "Method",
      [
        { value: "pca", text: "PCA" },
        { value: "umap", text: "UMAP" },
        { value: "tsne", text: "t-SNE" },
      ],
      settings,
      "Draw",
      (kind, values) => {
        this.element.open = false;
        void made.ask({ kind, ...values } as Wish, place);
      },
      limit,
    );
    this.element = menu("add_location_alt", "New map", "start", form.element, this.list.element);
  }

  refresh(shown: string): void {
    this.list.refresh(shown);
  }
}

export class NewColour {
  readonly element: HTMLDetailsElement;
  private list: List;

  constructor(made: Made, show: (colour: string) => void) {
    this.list = new List(made, (thing) => !isMap(thing), show);
    const form = new Form(
      "Clusters",
      [
        { value: "mixture", text: "mixture", title: "A Gaussian mixture: groups of any size and slant" },
        { value: "kmeans", text: "k-means", title: "Round groups of like size" },
      ],
      () => CLUSTER_SETTINGS,
      "Find clusters",
      (method, values) => {
        this.element.open = false;
        void made.ask({ kind: "clusters", method, ...values } as Wish, "colour");
      },
    );
    const file = h<HTMLInputElement>("input", {
      type: "file",
      accept: ".csv,.tsv,.txt,text/csv",
      hidden: true,
      "aria-label": "A table as CSV",
    });
    file.onchange = () => {
      const [given] = file.files ?? [];
      file.value = "";
      if (!given) return;
      this.element.open = false;
      void made.bring(given);
    };
    const bring = h("button.go", { type: "button", onclick: () => file.click() }, "A column from CSV");
    const hint = h(
      "p.hint.faint",
      {},
      "The first line names the columns. One row an item, or a column item (its number on the map, from 0) or index (its row in the data set).",
    );
    this.element = menu(
      "palette",
      "Colour by clusters or by a column of yours",
      "start.up",
      form.element,
      h("hr"),
      bring,
      hint,
      file,
      this.list.element,
    );
  }

  refresh(shown: string): void {
    this.list.refresh(shown);
  }
}

/** What is being made, with a way to end it; or why something was not. */
export class Making {
  readonly element = h("div.making", { role: "status", hidden: true });
  private key = "";

  constructor(private made: Made) {}

  refresh(): void {
    const running = this.made.things.filter((each) => each.state === "running");
    const key = JSON.stringify([running, this.made.problem]);
    if (key === this.key) return;
    this.key = key;
    const rows = running.map((each) => {
      const bar = h<HTMLProgressElement>("progress", { max: 1, "aria-label": `${each.title}: progress` });
      if (each.share > 0) bar.value = each.share;
      const much = each.share > 0 && each.share < 1 ? ` ${Math.round(100 * each.share)} %` : "";
      return h(
        "div.row",
        {},
        h("span", {}, each.title),
        h("span.faint.stretch", {}, `${each.message}${much}`),
        bar,
        tool("close", `Cancel ${each.title}`, () => void this.made.forget(each.key)),
      );
    });
    if (this.made.problem)
      rows.push(
        h(
          "div.row.problem",
          {},
          icon("error"),
          h("span.stretch", {}, this.made.problem),
          tool("close", "Understood", () => this.made.say("")),
        ),
      );
    this.element.replaceChildren(...rows);
    this.element.hidden = !rows.length;
  }
}
