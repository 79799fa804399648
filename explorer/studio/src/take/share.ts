/** Take it away: the link, the lines of Python that give the same pixels, files. */

import { h } from "../dom/elements";
import type { Filmstrip } from "../picture/filmstrip";
import type { Picture } from "../picture/picture";
import type { Hand } from "../state/cursor";
import type { ModelInfo } from "../types";
import { copier } from "./copy";
import { Downloads } from "./downloads";
import { pythonOf } from "./python";

export class Share {
  readonly element: HTMLElement;

  constructor(
    model: ModelInfo,
    count: number,
    hand: Hand,
    picture: Picture,
    film: Filmstrip,
    private flush: () => void,
  ) {
    const z = () => picture.shownZ ?? hand.committed; // of the picture that is on screen, on a walk too
    this.element = h(
      "div.share",
      {},
      copier("link", "Copy a link to exactly this", () => this.link()),
      copier("code", "Copy as Python", () => pythonOf(model, z(), picture.mode)),
      new Downloads(model, count, picture, film, z).element,
    );
  }

  /** Python writes the address when it has heard of z: wait for it to settle. */
  private async link(): Promise<string> {
    this.flush();
    let before = location.href;
    for (let k = 0; k < 12; k++) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      if (location.href !== before && k > 2) break;
      before = location.href;
    }
    return location.href;
  }
}
