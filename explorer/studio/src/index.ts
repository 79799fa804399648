/** The one way in: Streamlit calls `mount` again and again with new data; an instance is made once and then updated. */

import { pad } from "./parts/pad";
import { paste } from "./parts/paste";
import { path } from "./parts/path";
import { scatter } from "./parts/scatter";
import { stage } from "./parts/stage";
import { studio } from "./parts/studio";
import type { Data, Part, Renderer } from "./types";

interface Instance {
  key: string; // a different kind or model is a different instance
  part: Part<never>;
  turn: number; // counts renders: only the last one's clean-up may end the instance
}

const instances = new WeakMap<object, Instance>();

export function mount(renderer: Renderer): () => void {
  const { data, parentElement } = renderer;
  const key =
    "model" in data ? `${data.kind}/${data.model.name}/${data.model.digest}/${data.model.latents}` : data.kind;
  let instance = instances.get(parentElement);
  if (instance?.key !== key) {
    instance?.part.destroy();
    instance = { key, part: make(renderer) as Part<never>, turn: instance?.turn ?? 0 };
    instances.set(parentElement, instance);
    stayLit(parentElement);
  } else {
    instance.part.update(renderer as Renderer<never>);
  }
  const turn = ++instance.turn;
  return () => {
    const now = instances.get(parentElement);
    if (now?.turn !== turn) return;
    now.part.destroy();
    instances.delete(parentElement);
  };
}

/** Streamlit dims what waits for Python. Here the hand is at work, and nothing in the part is out of date. */
function stayLit(part: Node): void {
  const root = part.getRootNode();
  const box = root instanceof ShadowRoot && root.host.closest<HTMLElement>(".stElementContainer");
  if (box) box.style.opacity = "1";
}

function make(renderer: Renderer<Data>): Part<never> {
  if (renderer.data.kind === "studio") return studio(renderer as Renderer<never>);
  if (renderer.data.kind === "path") return path(renderer as Renderer<never>);
  if (renderer.data.kind === "stage") return stage(renderer as Renderer<never>);
  if (renderer.data.kind === "paste") return paste(renderer as Renderer<never>);
  if (renderer.data.kind === "scatter") return scatter(renderer as Renderer<never>);
  return pad(renderer as Renderer<never>);
}
