/** The theme as canvases need it: Streamlit's variables, read once a render. */

import { SYMBOLS } from "../contract";

export interface Theme {
  dark: boolean;
  text: string;
  faint: string;
  rule: string;
  paper: string;
  accent: string; // z's colour: what can be touched
  sans: string;
  mono: string;
}

export function readTheme(element: HTMLElement): Theme {
  const style = getComputedStyle(element);
  const value = (name: string, fallback: string) => style.getPropertyValue(name).trim() || fallback;
  const paper = value("--st-background-color", "#fbfbfa");
  const dark = brightness(paper) < 128;
  return {
    dark,
    paper,
    text: value("--st-text-color", dark ? "#e6e8ea" : "#14171a"),
    faint: dark ? "#9aa2a9" : "#5d646b",
    rule: value("--st-border-color", dark ? "#343a40" : "#dcdfdd"),
    accent: SYMBOLS[dark ? "dark" : "light"].z,
    sans: value("--st-font", "sans-serif"),
    mono: value("--st-code-font", "monospace"),
  };
}

/** 0..255 of any CSS colour: a canvas knows them all. */
function brightness(colour: string): number {
  const context = document.createElement("canvas").getContext("2d", { willReadFrequently: true })!;
  context.fillStyle = colour;
  context.fillRect(0, 0, 1, 1);
  const [r, g, b] = context.getImageData(0, 0, 1, 1).data;
  return 0.299 * r + 0.587 * g + 0.114 * b;
}

/** Whether the user wants less motion. */
export const reducesMotion = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
