/** The one way in: Streamlit calls `mount` again and again with new data; an instance is built once, then updated. */

import type { Data } from "./contract";
import { pad } from "./parts/pad";
import { paste } from "./parts/paste";
import { path } from "./parts/path";
import { scatter } from "./parts/scatter";
import { stage } from "./parts/stage";
import { studio } from "./parts/studio";
import type { Part, Renderer } from "./types";

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
    instance = { key, part: build(renderer) as Part<never>, turn: instance?.turn ?? 0 };
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

/** Streamlit dims what waits for Python. A part answers by itself, and nothing in it is out of date. */
function stayLit(part: Node): void {
  const root = part.getRootNode();
  const box = root instanceof ShadowRoot && root.host.closest<HTMLElement>(".stElementContainer");
  if (box) box.style.opacity = "1";
}

const PARTS = { studio, path, pad, paste, stage, scatter };

function build(renderer: Renderer<Data>): Part<never> {
  const part = PARTS[renderer.data.kind] as (first: Renderer<never>) => Part<never>;
  return part(renderer as Renderer<never>);
}
