/** What was made of a model's items after training, on the server: maps, clusters, columns. Asked for, followed, fetched. */

import type { Latents } from "./latents";
import { readSafetensors } from "./safetensors";
import type { ModelInfo, View } from "./types";

export interface Thing {
  key: string;
  title: string;
  state: "running" | "done" | "failed";
  message: string;
  share: number; // 0..1
  kind: string; // "pca", "umap", "tsne", "clusters", "column"
  trust: number | null;
  laid: number;
}

export type Wish = { kind: string } & Record<string, string | number>;

const LOOK = 400; // ms between looks while something is being made
export const isMade = (name: string) => /^[0-9a-f]{12}$/.test(name);
export const isMap = ({ kind }: Thing) => kind === "pca" || kind === "umap" || kind === "tsne";

export class Made {
  things: Thing[] = [];
  problem = ""; // a sentence, until the next success
  private wanted = new Set<string>(); // keys to be shown when they are there: a map and a colour at most
  private timer: ReturnType<typeof setTimeout> | undefined;
  private closed = false;

  constructor(
    private model: ModelInfo, private latents: Latents,
    private changed: () => void, private show: (change: Partial<View>) => void,
  ) {}

  /** Look what there is; a link may name a map or a colour of it. */
  async open(link: Partial<View>): Promise<void> {
    const named = [link.map, link.colour].filter((name): name is string => !!name && isMade(name));
    named.forEach((name) => this.wanted.add(name));
    await this.look();
    const gone = named.filter((name) => !this.things.some((each) => each.key === name));
    if (!gone.length) return;
    gone.forEach((name) => this.wanted.delete(name));
    this.say(gone[0] === link.map
      ? "The map that this link names is not here: it was removed, or drawn on another server. Another one is shown."
      : "The colours that this link names are not here: they were removed, or made on another server.");
  }

  /** Have something made and shown; the same wish twice is made once. */
  async ask(wish: Wish): Promise<void> {
    await this.post(JSON.stringify(wish), "application/json");
  }

  /** Bring a table: its columns become colours. */
  async bring(file: File): Promise<void> {
    if (file.size > 32e6) return this.say(`${file.name} has ${(file.size / 1e6).toFixed(0)} MB; at most 32 MB, please.`);
    await this.post(file, "text/csv");
  }

  /** Cancel what is being made, or remove what was. */
  async forget(key: string): Promise<void> {
    this.wanted.delete(key);
    try {
      await this.fetch(`made/${key}`, { method: "DELETE" });
      this.latents.maps = this.latents.maps.filter((each) => each.name !== key);
      this.latents.columns = this.latents.columns.filter((each) => each.key !== key);
      this.problem = "";
    } catch (error) {
      this.problem = said(error);
    }
    await this.look();
  }

  say(problem: string): void {
    this.problem = problem;
    this.changed();
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
  }

  private async post(body: BodyInit, type: string): Promise<void> {
    try {
      const answer = (await (await this.fetch("made", { method: "POST", body, headers: { "Content-Type": type } })).json()) as Thing | Thing[];
      this.problem = "";
      const thing = Array.isArray(answer) ? answer[0] : answer;
      const others = this.things.filter((each) => isMap(each) === isMap(thing));
      others.forEach((each) => this.wanted.delete(each.key)); // of maps, and of colours, the newest wish is shown
      this.wanted.add(thing.key);
    } catch (error) {
      return this.say(said(error));
    }
    await this.look();
  }

  private async look(): Promise<void> {
    clearTimeout(this.timer);
    try {
      const before = new Map(this.things.map((each) => [each.key, each.state]));
      this.things = (await (await this.fetch("made")).json()) as Thing[];
      for (const thing of this.things) {
        if (thing.state === "done") await this.take(thing);
        if (thing.state !== "failed") continue;
        if (this.wanted.delete(thing.key) || before.get(thing.key) === "running") this.problem = `${thing.title}: ${thing.message}`;
      }
    } catch (error) {
      this.problem = said(error);
    }
    if (this.closed) return;
    this.changed();
    clearTimeout(this.timer); // another look may have begun meanwhile
    if (this.things.some((each) => each.state === "running")) this.timer = setTimeout(() => void this.look(), LOOK);
  }

  /** Fetch what is done, once, and show it if it was waited for. */
  private async take(thing: Thing): Promise<void> {
    const { latents } = this;
    const known = latents.maps.some((each) => each.name === thing.key) || latents.columns.some((each) => each.key === thing.key);
    if (!known) await this.fetched(thing);
    if (!this.wanted.delete(thing.key) || this.closed) return;
    this.changed();
    this.show(isMap(thing) ? { map: thing.key } : { colour: thing.key });
  }

  private async fetched({ key, title, trust, laid }: Thing): Promise<void> {
    const { latents } = this;
    const { tensors, metadata } = readSafetensors(await (await this.fetch(`made/${key}`)).arrayBuffer());
    const floats = (name: string) => tensors.get(name)?.data as Float32Array | undefined;
    const xy = floats("xy");
    const [components, center] = [floats("components"), floats("center")];
    if (latents.maps.some((each) => each.name === key) || latents.columns.some((each) => each.key === key)) return;
    if (xy && xy.length === 2 * latents.count) {
      latents.maps.push({ name: key, xy, title, trust, laid, ...(components && center ? { components, center } : {}) });
    } else if (!xy) {
      const { classes } = JSON.parse(metadata["about"] ?? "{}") as { classes?: string[] };
      const codes = tensors.get("codes")?.data as Int32Array | undefined;
      const values = floats("values");
      latents.columns.push({ key, title, classes: classes ?? [], ...(codes ? { codes } : {}), ...(values ? { values } : {}) });
    }
  }

  private async fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const answer = await fetch(new URL(this.model.base + path, document.baseURI).href, init);
    if (!answer.ok) throw new Error(await answer.text());
    return answer;
  }
}

const said = (error: unknown) =>
  error instanceof TypeError ? "The server does not answer; it may have been stopped." : error instanceof Error ? error.message : String(error);
