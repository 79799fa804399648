/** What all maps of a page share: whatever is pointed at, selected or lit on one of them is so on the others. */

import { signal } from "@preact/signals-core";
import type { ModelInfo } from "../contract";
import type { Theme } from "../dom/theme";
import type { Neighbourhood, NeighbourSearch } from "../neighbours/neighbours";
import type { Decoder } from "../net/decoder";
import type { Latents } from "../net/latents";
import type { Items } from "../picture/items";
import type { Cursor } from "../state/cursor";

export interface MapHost {
  model: ModelInfo;
  latents: Latents;
  decoder: Decoder;
  items: Items;
  search: NeighbourSearch;
  cursor: Cursor;
  theme(): Theme;
  name(dim: number): string;
  neighbourhood(): Neighbourhood | null; // of the shown z, once it is known
  keepLocks(z: Float32Array): Float32Array; // locked dimensions stay
  /** What a click does instead of committing, where there is another use for it. */
  choose?: (z: Float32Array, item: number) => void;
}

export type Tool = "pan" | "rectangle" | "lasso";

export interface Selection {
  mask: Float32Array; // (N,): 1 for the items that are selected
  count: number;
}

export interface Hover {
  map: object; // that the pointer is over
  item: number; // -1: a place between the items
}

export class MapShared {
  readonly tool = signal<Tool>("pan");
  readonly selection = signal<Selection | null>(null); // null: no choice was made
  readonly hover = signal<Hover | null>(null);
  readonly focus = signal(-1); // the texture coordinate of the class that is lit; -1: all are
}
