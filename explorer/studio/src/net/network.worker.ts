/**
 * A network (a decoder, an encoder) in its own thread. Of newest requests, those of a moving z, only the last
 * counts. Idle ones (ticks, thumbnails) run in small pieces while nothing moves, so that they delay no newest one.
 */

import wasm from "onnxruntime-web/ort-wasm-simd-threaded.wasm";
import * as ort from "onnxruntime-web/wasm";
import type { FromWorker, ToWorker } from "./messages";

interface IdleJob {
  id: number;
  x: Float32Array;
  out: Float32Array | null;
  done: number; // rows, so far
}

const STILL = 90; // ms without a newest request before idle work goes on
const PIECE = 6; // ms that one piece of idle work may take

let session: ort.InferenceSession | null = null;
let row: number[] = []; // the shape of one input
let width = 1; // its numbers
let newest: { id: number; x: Float32Array; all: boolean } | null = null;
let newestAt = -Infinity;
let idle: IdleJob[] = [];
let rowMs = 4; // measured
let busy = false;
let timer: ReturnType<typeof setTimeout> | undefined;

const post = (message: FromWorker, transfer: Transferable[] = []) => self.postMessage(message, { transfer });
const channel = new MessageChannel();
/** Lets messages in that have come meanwhile. */
const breathe = () =>
  new Promise<void>((resolve) => {
    channel.port1.onmessage = () => resolve();
    channel.port2.postMessage(0);
  });

async function open(url: string, shape: number[]): Promise<void> {
  const start = performance.now();
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.wasmPaths = { wasm: new URL(wasm, import.meta.url).href };
  ort.env.logLevel = "error";
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(await answer.text());
  session = await ort.InferenceSession.create(await answer.arrayBuffer(), { graphOptimizationLevel: "all" });
  row = shape;
  width = shape.reduce((a, b) => a * b, 1);
  await run(new Float32Array(width)); // the first run allocates
  post({ kind: "ready", ms: performance.now() - start, outputs: [...session.outputNames] });
}

/** The first output, or all of them. */
async function run(x: Float32Array, all = false): Promise<Float32Array[]> {
  if (!session) throw new Error("The network is not open yet.");
  const names = session.outputNames.slice(0, all ? undefined : 1);
  const result = await session.run(
    { [session.inputNames[0]]: new ort.Tensor("float32", x, [x.length / width, ...row]) },
    names,
  );
  return names.map((name) => result[name].data as Float32Array);
}

async function serveNewest({ id, x, all }: NonNullable<typeof newest>): Promise<void> {
  newest = null;
  const start = performance.now();
  const ys = (await run(x, all)).map((y) => y.slice());
  const ms = performance.now() - start;
  rowMs = 0.8 * rowMs + 0.2 * ms;
  post(
    { kind: "done", id, ys, ms },
    ys.map((y) => y.buffer),
  );
}

async function serveIdle(): Promise<void> {
  const job = idle[0];
  const rows = job.x.length / width;
  const n = Math.min(rows - job.done, Math.max(1, Math.floor(PIECE / rowMs)));
  const [y] = await run(job.x.subarray(job.done * width, (job.done + n) * width));
  job.out ??= new Float32Array((y.length / n) * rows);
  job.out.set(y, (y.length / n) * job.done);
  job.done += n;
  if (job.done < rows || !idle.includes(job)) return;
  idle = idle.filter((other) => other !== job);
  post({ kind: "done", id: job.id, ys: [job.out], ms: 0 }, [job.out.buffer]);
}

/** Work while there is any, reading the queue of messages after each piece: it may hold a newer request. */
async function pump(): Promise<void> {
  if (busy || !session) return;
  busy = true;
  clearTimeout(timer);
  try {
    while (newest || idle.length) {
      const wait = newestAt + STILL - performance.now();
      if (newest) {
        await serveNewest(newest);
      } else if (wait > 0) {
        timer = setTimeout(() => void pump(), wait);
        break;
      } else {
        await serveIdle();
      }
      await breathe();
    }
  } catch (error) {
    post({ kind: "failed", message: String(error) });
  }
  busy = false;
}

self.onmessage = ({ data }: MessageEvent<ToWorker>) => {
  if (data.kind === "open") {
    open(data.url, data.row).then(pump, (error) => post({ kind: "failed", message: String(error) }));
    return;
  }
  if (data.kind === "newest") {
    newest = data;
    newestAt = performance.now();
  } else if (data.kind === "idle") {
    idle.push({ id: data.id, x: data.x, out: null, done: 0 });
  } else {
    idle = idle.filter((job) => job.id !== data.id);
  }
  void pump();
};
