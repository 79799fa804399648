/** Take it away: the link, the lines of Python that give the same pixels, the picture as a file. */

import { h, icon, tool } from "./dom";
import type { Hand } from "./hand";
import type { Picture } from "./picture";
import type { ModelInfo } from "./types";

export class Share {
  readonly element: HTMLElement;

  constructor(private model: ModelInfo, private hand: Hand, private picture: Picture, private flush: () => void) {
    const link = tool("link", "Copy a link to exactly this", () => void this.link(link));
    const code = tool("code", "Copy as Python", () => void copy(this.python(), code));
    const save = tool("download", "Save the picture as PNG", () => this.save());
    this.element = h("div.share", {}, link, code, save);
  }

  /** Same z, same pixels: float32 survives its shortest decimal form. */
  python(): string {
    const z = Array.from(this.hand.committed, (v) => String(Math.fround(v))).map(shortest).join(", ");
    const theirs = this.model.likelihood === "other"; // of another program: imported, so wrapped
    return [
      "import torch",
      "",
      "import vae",
      "",
      `model = vae.${theirs ? "wrap" : "load"}(${JSON.stringify(this.model.folder)})`,
      `z = torch.tensor([[${z}]])`,
      "with torch.no_grad():",
      `    picture = model.decode(z)${theirs ? "" : ".mean"}  # (1, C, H, W) in [0, 1]`,
      "",
    ].join("\n");
  }

  /** Python writes the address when it has heard of z: wait for it to settle. */
  private async link(button: HTMLElement): Promise<void> {
    this.flush();
    let before = location.href;
    for (let k = 0; k < 12; k++) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      if (location.href !== before && k > 2) break;
      before = location.href;
    }
    await copy(location.href, button);
  }

  private save(): void {
    const { canvas } = this.picture;
    const times = Math.max(1, Math.floor(448 / canvas.width));
    const large = h<HTMLCanvasElement>("canvas", { width: canvas.width * times, height: canvas.height * times });
    const context = large.getContext("2d")!;
    context.imageSmoothingEnabled = false;
    context.drawImage(canvas, 0, 0, large.width, large.height);
    h<HTMLAnchorElement>("a", { download: `${this.model.name}.png`, href: large.toDataURL("image/png") }).click();
  }
}

async function copy(text: string, button: HTMLElement): Promise<void> {
  const was = button.querySelector(".icon")!.textContent!;
  const say = (name: string, spoken: string) => {
    button.replaceChildren(icon(name));
    button.setAttribute("aria-label", spoken);
  };
  const title = button.title;
  try {
    await navigator.clipboard.writeText(text);
    say("check", "Copied");
  } catch {
    window.prompt("Copy this:", text); // a page that is not served securely has no clipboard
  }
  setTimeout(() => say(was, title), 1200);
}

/** The shortest decimal that is the same float32. */
function shortest(text: string): string {
  const value = Number(text);
  for (let digits = 1; digits <= 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return Number.isInteger(short) ? `${short}.0` : String(short);
  }
  return text;
}
