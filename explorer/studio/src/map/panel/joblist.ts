/** The map jobs of a model: the results to choose from, and the ones that run. */

import { h, icon, tool } from "../../dom/elements";
import type { MapJob, MapJobs } from "../../net/mapjobs";

/** Results and failures: shown on a click, removed with a button. */
export class JobList {
  readonly element = h("div.things");

  constructor(
    private jobs: MapJobs,
    private includes: (job: MapJob) => boolean,
    private show: (key: string) => void,
  ) {}

  refresh(current: string): void {
    const jobs = this.jobs.list.filter((job) => this.includes(job) && job.state !== "running");
    this.element.replaceChildren(...jobs.map((job) => this.row(job, job.key === current)));
    this.element.hidden = !jobs.length;
  }

  private row({ key, title, state, message, trust }: MapJob, isCurrent: boolean): HTMLElement {
    const trustText = trust === null ? "" : trust.toFixed(2);
    const description = trustText ? `${title}; trustworthiness ${trustText}` : title;
    const props = {
      type: "button",
      disabled: state !== "done",
      "aria-pressed": String(isCurrent),
      title: state === "failed" ? message : description,
      onclick: () => this.show(key),
    };
    const result = state === "failed" ? h("span.faint", {}, "failed") : h("span.number.faint", {}, trustText);
    const open = h<HTMLButtonElement>("button.open", props, h("span.name", {}, title), result);
    return h(
      "div.thing",
      {},
      open,
      tool("delete", `Remove ${title}`, () => void this.jobs.remove(key)),
    );
  }
}

/** The running jobs, with a way to cancel them; or why one failed. */
export class JobStatus {
  readonly element = h("div.making", { role: "status", hidden: true });
  private key = "";

  constructor(private jobs: MapJobs) {}

  refresh(): void {
    const { list, problem } = this.jobs;
    const running = list.filter((job) => job.state === "running");
    const key = JSON.stringify([running, problem]);
    if (key === this.key) return;
    this.key = key;
    const rows = running.map((job) => this.progressRow(job));
    if (problem) rows.push(this.problemRow(problem));
    this.element.replaceChildren(...rows);
    this.element.hidden = !rows.length;
  }

  private progressRow({ key, title, message, share }: MapJob): HTMLElement {
    const bar = h<HTMLProgressElement>("progress", { max: 1, "aria-label": `${title}: progress` });
    if (share > 0) bar.value = share;
    const percent = share > 0 && share < 1 ? ` ${Math.round(100 * share)} %` : "";
    return h(
      "div.row",
      {},
      h("span", {}, title),
      h("span.faint.stretch", {}, `${message}${percent}`),
      bar,
      tool("close", `Cancel ${title}`, () => void this.jobs.remove(key)),
    );
  }

  private problemRow(problem: string): HTMLElement {
    const close = tool("close", "Understood", () => this.jobs.setProblem(""));
    return h("div.row.problem", {}, icon("error"), h("span.stretch", {}, problem), close);
  }
}
