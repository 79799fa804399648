/** Where a drawing lies on its sheet, and where the encoder wants it. The same as Python's; pure. */

export type Box = [left: number, top: number, width: number, height: number];

const FAINT = 26; // levels of a stroke that count as paper

/** The box around what is drawn; null on an empty sheet. `light`: the paper is white. */
export function boundsOf({ data, width, height }: ImageData, light: boolean): Box | null {
  let [left, top, right, bottom] = [width, height, -1, -1];
  for (let i = 0; i < width * height; i++) {
    const level = data[4 * i + 1];
    if ((light ? 255 - level : level) < FAINT) continue;
    const [x, y] = [i % width, Math.floor(i / width)];
    [left, right, top, bottom] = [Math.min(left, x), Math.max(right, x), Math.min(top, y), Math.max(bottom, y)];
  }
  return right < 0 ? null : [left, top, right - left + 1, bottom - top + 1];
}

/** The centre of mass of light on dark, from the left and from above, in pixels. */
export function centreOfMass({ data, width, height }: ImageData): [number, number] {
  let [sum, across, down] = [0, 0, 0];
  for (let i = 0; i < width * height; i++) {
    const level = data[4 * i];
    sum += level;
    across += level * ((i % width) + 0.5);
    down += level * (Math.floor(i / width) + 0.5);
  }
  return sum ? [across / sum, down / sum] : [width / 2, height / 2];
}
