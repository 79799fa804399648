/** When work is done: at most once a frame, or once it has been quiet. */

/** At most once a frame. */
export function eachFrame(work: () => void): () => void {
  let asked = 0;
  return () => {
    asked ||= requestAnimationFrame(() => {
      asked = 0;
      work();
    });
  };
}

/** Once, when it has been quiet for `ms`. */
export function debounce(ms: number, work: () => void): (() => void) & { now(): void; cancel(): void } {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(() => ((timer = undefined), work()), ms);
  };
  const cancel = () => {
    clearTimeout(timer);
    timer = undefined;
  };
  return Object.assign(later, {
    cancel,
    now: () => {
      if (timer === undefined) return;
      cancel();
      work();
    },
  });
}
