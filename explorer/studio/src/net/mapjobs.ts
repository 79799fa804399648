/** What the server computes of a model's items after training, for a user: maps, clusters, columns. */

import type { ModelInfo } from "../contract";
import { KEY, type MAP_REQUESTS } from "../contract";
import type { Latents } from "./latents";
import { readSafetensors } from "./safetensors";

/** As the server lists it. */
export interface MapJob {
  key: string;
  title: string;
  state: "running" | "done" | "failed";
  message: string;
  share: number; // 0..1
  kind: string; // "pca", "umap", "tsne", "clusters", "column"
  trust: number | null;
  laid: number;
}

export type MapRequest = { kind: keyof typeof MAP_REQUESTS } & Record<string, string | number>;

/** The field of a view that a result is for. */
export type Slot = "map" | "beside" | "colour";

const POLL = 400; // ms between questions while a job runs
const LARGEST = 32e6; // bytes of a table
export const isJobKey = (name: string) => KEY.test(name);
export const isMapJob = ({ kind }: MapJob) => kind === "pca" || kind === "umap" || kind === "tsne";

export class MapJobs {
  list: MapJob[] = [];
  problem = ""; // a sentence, until the next success
  private requests: { key: string; slot: Slot }[] = []; // to be shown when they are there: one a slot at most
  private removals = new Set<string>();
  private known = false; // the list is the server's
  private timer: ReturnType<typeof setTimeout> | undefined;
  private closed = false;

  constructor(
    private model: ModelInfo,
    private latents: Latents,
    private onChange: () => void,
    private show: (key: string, slot: Slot) => void,
  ) {}

  /** Ask what there is; `again`: something is named that the last answer did not have. */
  async open(again: boolean): Promise<void> {
    if (again) this.known = false;
    if (!this.known) await this.poll();
  }

  /** Whether a result of this name may still come: the list is not known yet, or its job runs. */
  mayCome(name: string): boolean {
    return !this.known || this.list.some((job) => job.key === name && job.state === "running");
  }

  /** A sentence about a name that is not here, unless it was removed here or failed with a sentence. */
  reportMissing(name: string, sentence: string): void {
    if (!this.removals.has(name)) this.problem ||= sentence;
  }

  /** Start a job and show its result; the same request twice is one job. */
  async submit(request: MapRequest, slot: Slot): Promise<void> {
    await this.post(JSON.stringify(request), "application/json", slot);
  }

  /** Upload a table: its columns become colours. */
  async upload(file: File): Promise<void> {
    const megabytes = (file.size / 1e6).toFixed(0);
    if (file.size > LARGEST) return this.setProblem(`${file.name} has ${megabytes} MB; at most 32 MB, please.`);
    await this.post(file, "text/csv", "colour");
  }

  /** Cancel a job, or remove its result. */
  async remove(key: string): Promise<void> {
    this.requests = this.requests.filter((request) => request.key !== key);
    try {
      await this.fetch(`made/${key}`, { method: "DELETE" });
      this.removals.add(key);
      this.latents.maps = this.latents.maps.filter((map) => map.name !== key);
      this.latents.columns = this.latents.columns.filter((column) => column.key !== key);
      this.problem = "";
    } catch (error) {
      this.problem = sentenceOf(error);
    }
    await this.poll();
  }

  setProblem(problem: string): void {
    this.problem = problem;
    this.onChange();
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
  }

  private async post(body: BodyInit, type: string, slot: Slot): Promise<void> {
    try {
      const response = await this.fetch("made", { method: "POST", body, headers: { "Content-Type": type } });
      const jobs = (await response.json()) as MapJob | MapJob[];
      this.problem = "";
      const { key } = Array.isArray(jobs) ? jobs[0] : jobs;
      this.removals.delete(key);
      this.requests = [...this.requests.filter((request) => request.slot !== slot), { key, slot }]; // the newest wins
    } catch (error) {
      return this.setProblem(sentenceOf(error));
    }
    await this.poll();
  }

  private async poll(): Promise<void> {
    clearTimeout(this.timer);
    try {
      await this.update((await (await this.fetch("made")).json()) as MapJob[]);
      this.known = true;
    } catch (error) {
      this.problem = sentenceOf(error);
    }
    if (this.closed) return;
    this.onChange();
    clearTimeout(this.timer); // another poll may have begun meanwhile
    if (this.list.some((job) => job.state === "running")) this.timer = setTimeout(() => void this.poll(), POLL);
  }

  private async update(list: MapJob[]): Promise<void> {
    const running = new Set(this.list.filter((job) => job.state === "running").map((job) => job.key));
    this.list = list;
    for (const job of list) {
      if (job.state === "done") await this.receive(job);
      if (job.state !== "failed") continue;
      const requested = this.takeSlots(job.key).length > 0;
      if (requested || running.has(job.key)) this.problem = `${job.title}: ${job.message}`;
    }
  }

  /** Fetch a result, once, and show it where it was requested. */
  private async receive(job: MapJob): Promise<void> {
    if (!this.has(job.key)) await this.fetchResult(job);
    const slots = this.takeSlots(job.key);
    if (!slots.length || this.closed) return;
    this.onChange();
    for (const slot of slots) this.show(job.key, slot);
  }

  /** The slots that a result was requested for; they wait for it no longer. */
  private takeSlots(key: string): Slot[] {
    const slots = this.requests.filter((request) => request.key === key).map(({ slot }) => slot);
    this.requests = this.requests.filter((request) => request.key !== key);
    return slots;
  }

  private has(key: string): boolean {
    const { maps, columns } = this.latents;
    return maps.some((map) => map.name === key) || columns.some((column) => column.key === key);
  }

  private async fetchResult({ key, title, trust, laid }: MapJob): Promise<void> {
    const { latents } = this;
    const { tensors, metadata } = readSafetensors(await (await this.fetch(`made/${key}`)).arrayBuffer());
    const floats = (name: string) => tensors.get(name)?.data as Float32Array | undefined;
    const xy = floats("xy");
    const [components, center] = [floats("components"), floats("center")];
    if (this.has(key)) return; // another poll was faster
    if (xy && xy.length === 2 * latents.count) {
      const affine = components && center ? { components, center } : {};
      latents.maps.push({ name: key, xy, title, trust, laid, ...affine });
    } else if (!xy) {
      const { classes = [] } = JSON.parse(metadata.about ?? "{}") as { classes?: string[] };
      const codes = tensors.get("codes")?.data as Int32Array | undefined;
      const values = floats("values");
      latents.columns.push({ key, title, classes, ...(codes ? { codes } : {}), ...(values ? { values } : {}) });
    }
  }

  private async fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const response = await fetch(new URL(this.model.base + path, document.baseURI).href, init);
    if (!response.ok) throw new Error(await response.text());
    return response;
  }
}

function sentenceOf(error: unknown): string {
  if (error instanceof TypeError) return "The server does not answer; it may have been stopped.";
  return error instanceof Error ? error.message : String(error);
}
