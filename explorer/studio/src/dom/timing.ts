/** When work is done: at most once a frame, or once it has been quiet. */

/** At most once a frame. */
export function eachFrame(work: () => void): () => void {
  let pending = false;
  return () => {
    if (pending) return;
    pending = true;
    requestAnimationFrame(() => {
      pending = false;
      work();
    });
  };
}

export interface Debounced {
  (): void;
  now(): void; // what is due, at once
  cancel(): void;
}

/** Once, when it has been quiet for `ms`. */
export function debounce(ms: number, work: () => void): Debounced {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const cancel = () => {
    clearTimeout(timer);
    timer = undefined;
  };
  const run = () => {
    timer = undefined;
    work();
  };
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(run, ms);
  };
  const now = () => {
    if (timer === undefined) return;
    cancel();
    work();
  };
  return Object.assign(later, { cancel, now });
}
