/**
 * Time as the client sees it: injected, so that tests need not wait. It has two faces, as the time of day can be set,
 * forward and back, while the program runs.
 */
export interface Clock {
  /** Milliseconds since 1970, as `Date.now`: the time of day, for what people and other machines read. */
  nowMs(): number;
  /** Milliseconds since some moment, as `performance.now`, and never set: for what is measured and waited for. */
  monotonicMs(): number;
  /**
   * Resolves after so many milliseconds.
   *
   * @throws `signal.reason` as soon as the signal is aborted.
   */
  sleep(ms: number, options?: { signal?: AbortSignal | undefined }): Promise<void>;
}

/** A timer of 2^31 ms or more fires at once, in every runtime: longer sleeps are made of several. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** The runtime's own clock. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  async sleep(ms, options = {}) {
    let leftMs = ms;
    for (; leftMs > MAX_TIMER_MS; leftMs -= MAX_TIMER_MS) await timer(MAX_TIMER_MS, options.signal);
    await timer(Math.max(0, leftMs), options.signal); // What was due before now: Node warns of a negative time.
  },
};

function timer(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const onAbort = () => {
      clearTimeout(id);
      reject(signal?.reason);
    };
    const id = setTimeout(() => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    }, ms);
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}
