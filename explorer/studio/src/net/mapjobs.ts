/** What was made of a model's items after training, on the server: maps, clusters, columns. Asked for, followed, fetched. */

import { KEY } from "../contract";
import type { ModelInfo } from "../types";
import type { Latents } from "./latents";
import { readSafetensors } from "./safetensors";

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

/** The part of a view that a thing is for. */
export type Place = "map" | "beside" | "colour";

const LOOK = 400; // ms between looks while something is being made
export const isMade = (name: string) => KEY.test(name);
export const isMap = ({ kind }: Thing) => kind === "pca" || kind === "umap" || kind === "tsne";

export class Made {
  things: Thing[] = [];
  problem = ""; // a sentence, until the next success
  private wanted: { key: string; place: Place }[] = []; // to be shown when they are there: one a place at most
  private forgotten = new Set<string>();
  private looked = false; // what the server has is known
  private timer: ReturnType<typeof setTimeout> | undefined;
  private closed = false;

  constructor(
    private model: ModelInfo,
    private latents: Latents,
    private changed: () => void,
    private show: (key: string, place: Place) => void,
  ) {}

  /** Look what there is; `anew`: something is named that was not there at the last look. */
  async open(anew: boolean): Promise<void> {
    if (anew) this.looked = false;
    if (!this.looked) await this.look();
  }

  /** Whether what has this name may still come: nobody knows yet, or it is being made. */
  awaited(name: string): boolean {
    return !this.looked || this.things.some((each) => each.key === name && each.state === "running");
  }

  /** A sentence about something that is named and is not here, unless it was removed here or failed with a sentence. */
  missed(name: string, sentence: string): void {
    if (!this.forgotten.has(name)) this.problem ||= sentence;
  }

  /** Have something made and shown; the same wish twice is made once. */
  async ask(wish: Wish, place: Place): Promise<void> {
    await this.post(JSON.stringify(wish), "application/json", place);
  }

  /** Bring a table: its columns become colours. */
  async bring(file: File): Promise<void> {
    if (file.size > 32e6)
      return this.say(`${file.name} has ${(file.size / 1e6).toFixed(0)} MB; at most 32 MB, please.`);
    await this.post(file, "text/csv", "colour");
  }

  /** Cancel what is being made, or remove what was. */
  async forget(key: string): Promise<void> {
    this.wanted = this.wanted.filter((each) => each.key !== key);
    try {
      await this.fetch(`made/${key}`, { method: "DELETE" });
      this.forgotten.add(key);
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

  private async post(body: BodyInit, type: string, place: Place): Promise<void> {
    try {
      const answer = (await (
        await this.fetch("made", { method: "POST", body, headers: { "Content-Type": type } })
      ).json()) as Thing | Thing[];
      this.problem = "";
      const { key } = Array.isArray(answer) ? answer[0] : answer;
      this.forgotten.delete(key);
      this.wanted = [...this.wanted.filter((each) => each.place !== place), { key, place }]; // the newest wish is shown
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
        if (this.unwanted(thing.key).length || before.get(thing.key) === "running")
          this.problem = `${thing.title}: ${thing.message}`;
      }
      this.looked = true;
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
    const known =
      latents.maps.some((each) => each.name === thing.key) || latents.columns.some((each) => each.key === thing.key);
    if (!known) await this.fetched(thing);
    const places = this.unwanted(thing.key);
    if (!places.length || this.closed) return;
    this.changed();
    for (const place of places) this.show(thing.key, place);
  }

  /** The places where something was wanted, which it no longer is. */
  private unwanted(key: string): Place[] {
    const places = this.wanted.filter((each) => each.key === key).map(({ place }) => place);
    this.wanted = this.wanted.filter((each) => each.key !== key);
    return places;
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
      latents.columns.push({
        key,
        title,
        classes: classes ?? [],
        ...(codes ? { codes } : {}),
        ...(values ? { values } : {}),
      });
    }
  }

  private async fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const answer = await fetch(new URL(this.model.base + path, document.baseURI).href, init);
    if (!answer.ok) throw new Error(await answer.text());
    return answer;
  }
}

const said = (error: unknown) =>
  error instanceof TypeError
    ? "The server does not answer; it may have been stopped."
    : error instanceof Error
      ? error.message
      : String(error);
