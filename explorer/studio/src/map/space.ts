/** A map as mathematics: where its points lie, which z a place stands for, and where a z lies. */

import type { View } from "../contract";
import type { Cloud } from "../neighbours/cloud";
import { K, meanOf, type Neighbours } from "../neighbours/knn";
import { column, type Latents, type MapPoints } from "../net/latents";

export interface Space {
  key: string;
  xy: Float32Array; // (N, 2)
  exact: boolean; // the place of a z is a formula, not a guess from its neighbours
  labels: [string, string]; // of the axes; empty where they mean nothing
  /** The z at a place, starting from another z: what the map does not show stays. */
  unplace(x: number, y: number, from: Float32Array, cloud: Cloud): Float32Array;
  /** The place of a z; from its neighbours, K of them or more, where there is no formula. */
  place(z: Float32Array, near: Neighbours | null): [number, number] | null;
}

/** No map yet. */
export const NOWHERE: Space = {
  key: "",
  xy: new Float32Array(0),
  exact: true,
  labels: ["", ""],
  unplace: (_x, _y, from) => from.slice(),
  place: () => null,
};

/** Two dimensions of the latent space as they are. */
export function rawSpace(latents: Latents, i: number, j: number, name: (dim: number) => string): Space {
  const [a, b] = [column(latents, i), column(latents, j)];
  const xy = new Float32Array(2 * latents.count);
  for (let k = 0; k < latents.count; k++) {
    xy[2 * k] = a[k];
    xy[2 * k + 1] = b[k];
  }
  return {
    key: `raw/${i}/${j}`,
    xy,
    exact: true,
    labels: [name(i), name(j)],
    unplace(x, y, from) {
      const z = from.slice();
      z[i] = x;
      z[j] = y;
      return z;
    },
    place: (z) => [z[i], z[j]],
  };
}

/** A linear map with orthonormal rows: moving on it moves z within its plane. */
function affineSpace(points: MapPoints, components: Float32Array, center: Float32Array): Space {
  const dims = center.length;
  const place = (z: Float32Array): [number, number] => {
    let [x, y] = [0, 0];
    for (let d = 0; d < dims; d++) {
      x += (z[d] - center[d]) * components[d];
      y += (z[d] - center[d]) * components[dims + d];
    }
    return [x, y];
  };
  return {
    key: points.name,
    xy: points.xy,
    exact: true,
    labels: ["", ""],
    unplace(x, y, from) {
      const [fx, fy] = place(from);
      const z = from.slice();
      for (let d = 0; d < dims; d++) z[d] += (x - fx) * components[d] + (y - fy) * components[dims + d];
      return z;
    },
    place,
  };
}

/** Any other map, as vae/maps/projection.py has it: the mean of the nearest items' places, or of their latents. */
function scatteredSpace(points: MapPoints, latents: Latents): Space {
  return {
    key: points.name,
    xy: points.xy,
    exact: false,
    labels: ["", ""],
    unplace(x, y, from, cloud) {
      const near = cloud.around(x, y);
      return near.rows.length ? Float32Array.from(meanOf(latents.mean, latents.dims, near)) : from.slice();
    },
    place(_, near) {
      if (!near?.rows.length) return null;
      const first = { rows: near.rows.subarray(0, K), distances: near.distances.subarray(0, K) };
      const [x, y] = meanOf(points.xy, 2, first);
      return [x, y];
    },
  };
}

export function spaceOf(latents: Latents, view: View, name: (dim: number) => string): Space {
  const points = latents.maps.find((m) => m.name === view.map);
  if (!points) return rawSpace(latents, view.x, view.y, name);
  if (points.components && points.center) return affineSpace(points, points.components, points.center);
  return scatteredSpace(points, latents);
}
