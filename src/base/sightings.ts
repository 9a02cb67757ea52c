/** What this process has seen of texts that others write, by its own monotonic clock. */
export interface Sightings {
  /**
   * For how long this process has seen this value under this name, in milliseconds; `undefined` where it sees the value
   * for the first time, or again after another one. Call it after the read, as the time counts from the call.
   */
  forMs(name: string, value: string): number | undefined;
}

/** So many names are remembered: what is watched goes on being looked at, and comes back. */
const MAX_NAMES = 10_000;

/** Remembers what was seen under a name, and since when. */
export function createSightings(clock: { monotonicMs(): number }): Sightings {
  const seen = new Map<string, { value: string; sinceMs: number }>();
  return {
    forMs(name, value) {
      const known = seen.get(name);
      seen.delete(name);
      const nowMs = clock.monotonicMs();
      const isKnown = known?.value === value;
      seen.set(name, isKnown ? known : { value, sinceMs: nowMs });
      const [oldest] = seen.keys();
      if (seen.size > MAX_NAMES && oldest !== undefined) seen.delete(oldest);
      return isKnown ? nowMs - known.sinceMs : undefined;
    },
  };
}
