/** The settings of a map request as a form shows them. Ranges, defaults and sentences are the contract's. */

import { MAP_REQUESTS } from "../../contract";

type Kind = keyof typeof MAP_REQUESTS;

/** A number that a form asks for. */
export interface Setting {
  name: string;
  text: string;
  title: string;
  value: number;
  min: number;
  max: number;
  step: number;
}

interface Numeric {
  default: number;
  low: number;
  high?: number;
  help: string;
}

const LABELS: Record<string, string> = {
  first: "first component",
  second: "second component",
  min_dist: "least distance",
  k: "clusters",
};
const STEPS: Record<string, number> = { min_dist: 0.05 };
const STARTS: Record<string, number> = { second: 3 }; // components 1 and 2 are a map already

/** What the form of a kind asks for: every number but the limit. A word is chosen beside the form. */
function settingsOf(kind: Kind): Setting[] {
  const all = Object.entries(MAP_REQUESTS[kind]).filter(([name]) => name !== "limit");
  return all.flatMap(([name, setting]) => (isNumeric(setting) ? [formSetting(name, setting)] : []));
}

const isNumeric = (setting: { default: number | string }): setting is Numeric => typeof setting.default === "number";

const formSetting = (name: string, { default: value, low, high, help }: Numeric): Setting => ({
  name,
  text: LABELS[name] ?? name,
  title: help[0].toUpperCase() + help.slice(1),
  value: STARTS[name] ?? value,
  min: low,
  max: high ?? Number.MAX_SAFE_INTEGER,
  step: STEPS[name] ?? 1,
});

export const MAP_SETTINGS: Record<string, Setting[]> = {
  pca: settingsOf("pca"),
  umap: settingsOf("umap"),
  tsne: settingsOf("tsne"),
};
export const CLUSTER_SETTINGS = settingsOf("clusters");

/** Items that are laid out themselves; the rest is placed by its neighbours. */
export const LIMITS: Record<string, number> = {
  umap: MAP_REQUESTS.umap.limit.default,
  tsne: MAP_REQUESTS.tsne.limit.default,
};
