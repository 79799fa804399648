/** What a user takes away: the link, the lines of Python that give the same pixels, files. */

import type { ModelInfo } from "../contract";
import { h } from "../dom/elements";
import type { Filmstrip } from "../picture/filmstrip";
import type { Picture } from "../picture/picture";
import type { Cursor } from "../state/cursor";
import { copyButton } from "./copy";
import { Downloads } from "./downloads";
import { pythonOf } from "./python";

const POLL = 50; // ms between two readings of the address
const PATIENCE = 12; // readings
const LEAST = 3; // readings before a new address counts as the last one

export class Share {
  readonly element: HTMLElement;

  constructor(
    model: ModelInfo,
    count: number,
    cursor: Cursor,
    picture: Picture,
    film: Filmstrip,
    private flush: () => void,
  ) {
    const z = () => picture.frame.value?.z ?? cursor.committed; // of the picture that is on screen, on a walk too
    this.element = h(
      "div.share",
      {},
      copyButton("link", "Copy a link to exactly this", () => this.link()),
      copyButton("code", "Copy as Python", () => pythonOf(model, z(), picture.mode)),
      new Downloads(model, count, picture, film, z).element,
    );
  }

  /** Python writes the address when it knows z: wait until it stays. */
  private async link(): Promise<string> {
    this.flush();
    let before = location.href;
    for (let k = 0; k < PATIENCE; k++) {
      await new Promise((resolve) => setTimeout(resolve, POLL));
      if (location.href !== before && k >= LEAST) break;
      before = location.href;
    }
    return location.href;
  }
}
