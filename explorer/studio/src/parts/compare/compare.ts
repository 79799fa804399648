/** Compare: a second model follows the first, drawn after every move of z, and what the two differ by. */

import { effect, untracked } from "@preact/signals-core";
import type { Bundle, By, Comparison, ModelInfo } from "../../contract";
import { countFollower, telemetry } from "../../dom/telemetry";
import type { Theme } from "../../dom/theme";
import { debounce } from "../../dom/timing";
import type { Frame, Picture } from "../../picture/picture";
import { Render } from "../../picture/render";
import { type Difference, difference } from "./difference";
import { Follower, type FollowerPicture } from "./follower";
import { CompareMenu } from "./menu";
import { note, summary, table, unfold } from "./pairs";
import { CompareView, percent } from "./view";

const REST = 200; // ms without a picture until the words follow

const FROM_PICTURE = "B's encoder sees what A draws.";
const FROM_ITSELF = "What B draws is A's picture after a round trip through the encoder.";

export interface CompareHost {
  model: ModelInfo;
  bundle: Bundle;
  picture: Picture;
  request(name: string, by: By): void; // asks Python for another comparison
  onMatching(): void; // notes of the sliders may have changed
}

export class Compare {
  private menu: CompareMenu;
  private view: CompareView;
  private follower: Follower | null = null;
  private by: By = "picture";
  private about = ""; // of the first model
  private render: Render | null = null; // how B's picture is drawn: as A's
  private picture: FollowerPicture | null = null; // B's, on screen
  private difference: Difference | null = null;
  private next: Frame | null = null; // of A, that B has not followed yet
  private busy = false;
  private describeSoon = debounce(REST, () => this.describe());
  private stop: () => void;

  constructor(private host: CompareHost) {
    const { model, picture } = host;
    this.menu = new CompareMenu((name) => host.request(name, name === model.name ? "numbers" : "picture"));
    this.view = new CompareView(model.shape, (by) => host.request(this.follower!.model.name, by));
    picture.header.append(this.menu.element);
    picture.onRender(() => this.followRender());
    this.stop = effect(() => {
      const frame = picture.frame.value;
      untracked(() => this.follow(frame));
    });
  }

  update(comparison: Comparison | null, theme: Theme): void {
    if (!comparison) return;
    const { about, by, other } = comparison;
    const model = this.follower?.model;
    this.menu.show(comparison);
    this.about = about;
    this.view.setTheme(theme);
    this.paint();
    if (other?.digest !== model?.digest || other?.name !== model?.name) this.change(comparison);
    if (this.follower && by !== this.by) this.setWay(this.follower, by);
  }

  /** A sentence for a slider's tooltip. */
  note(dim: number): string {
    const matching = this.by === "numbers" && this.follower?.matching;
    return matching ? note(matching, dim, this.follower!.model) : "";
  }

  destroy(): void {
    this.stop();
    this.describeSoon.cancel();
    this.end();
  }

  private change({ other, choices, by }: Comparison): void {
    this.end();
    const { bundle, model, picture, request } = this.host;
    picture.element.classList.toggle("comparing", Boolean(other));
    for (const part of this.view.parts) part.remove();
    if (!other) return this.host.onMatching();
    const follower = new Follower(model, other, bundle);
    this.follower = follower;
    this.render = new Render(other, picture.scale);
    const about = choices.find(({ name }) => name === other.name)?.about ?? "";
    this.view.setCaptions([model.title, this.about], [other.title, about], () => request("", this.by));
    picture.element.querySelector(".stage")!.after(...this.view.parts);
    this.setWay(follower, by);
    void follower.matched.then(() => {
      if (this.follower === follower) this.setWay(follower, this.by);
    });
    this.followRender();
  }

  private end(): void {
    this.follower?.close();
    this.follower = this.difference = this.picture = this.next = telemetry.second = null;
    this.busy = false;
    this.view.setMean("");
  }

  /** The way to B's z; by its own encoder, as long as there is no matching. */
  private setWay(follower: Follower, by: By): void {
    this.by = by;
    this.view.setWay(by, follower.unmatched, this.explain(follower, by));
    this.host.onMatching();
    this.follow(this.host.picture.frame.value);
  }

  private explain({ matching, unmatched, model }: Follower, by: By): string | HTMLElement {
    if (unmatched) return `Not from the same numbers: ${unmatched}`;
    if (by === "picture") return model.digest === this.host.model.digest ? FROM_ITSELF : FROM_PICTURE;
    return matching ? unfold(table(matching, this.host.model, model), summary(matching)) : "";
  }

  /** A is drawn: B follows, one picture at a time and the newest next, so that no haste starves it. */
  private follow(frame: Frame | null): void {
    if (!this.follower || !frame) return;
    this.next = frame;
    if (!this.busy) void this.pump(this.follower);
  }

  private async pump(follower: Follower): Promise<void> {
    this.busy = true;
    while (this.next && this.follower === follower) {
      const { z, x, at } = this.next;
      this.next = null;
      const picture = await follower.follow(z, x, this.by, this.render!.whole);
      if (this.follower !== follower) return;
      if (picture) this.show(x, picture, at);
      else this.view.setMean("no answer");
    }
    this.busy = false;
  }

  private show(x: Float32Array, picture: FollowerPicture, at: number): void {
    this.difference = difference(x, picture.x, this.host.model.shape[0]);
    this.picture = picture;
    this.paint();
    const { mean, differing } = this.difference;
    this.view.setMean(percent(mean));
    countFollower(at, { picture: picture.x, z: Array.from(picture.z), mean, differing });
    this.describeSoon();
  }

  private paint(): void {
    const { picture, render } = this;
    if (!picture || !render || !this.difference) return;
    this.view.paint((out) => render.draw(picture, out), this.difference);
  }

  /** A's picture is drawn in another way: so is B's. */
  private followRender(): void {
    const { canvas, frame, mode, seed } = this.host.picture;
    this.render?.set(mode, seed);
    if (this.picture && !this.render?.shows(this.picture)) this.follow(frame.value);
    this.view.setStyle(canvas.style.cssText);
    this.paint();
  }

  private describe(): void {
    if (this.follower && this.difference) this.view.describe(this.follower.model.title, this.difference);
  }
}
