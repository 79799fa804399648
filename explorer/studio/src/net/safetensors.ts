/** Reads a safetensors file: 8 bytes of header length, a JSON header, then the numbers, without copying them. */

export interface Tensor {
  shape: number[];
  data: Float32Array | Int32Array;
}

export interface Archive {
  tensors: Map<string, Tensor>;
  metadata: Record<string, string>;
}

interface Entry {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}

export function readSafetensors(buffer: ArrayBuffer): Archive {
  const length = Number(new DataView(buffer).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, length))) as Record<string, unknown>;
  const tensors = new Map<string, Tensor>();
  for (const [name, value] of Object.entries(header)) {
    if (name === "__metadata__") continue;
    const {
      dtype,
      shape,
      data_offsets: [from, to],
    } = value as Entry;
    const start = 8 + length + from;
    const count = (to - from) / 4;
    if (dtype !== "F32" && dtype !== "I32") continue; // nothing here is written in another type
    // A view needs a start at a multiple of four; a header of another length costs one copy.
    const [source, offset] = start % 4 ? [buffer.slice(start, 8 + length + to), 0] : [buffer, start];
    const Kind = dtype === "F32" ? Float32Array : Int32Array;
    tensors.set(name, { shape, data: new Kind(source, offset, count) });
  }
  return { tensors, metadata: (header.__metadata__ ?? {}) as Record<string, string> };
}
