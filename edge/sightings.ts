import type { Clock } from "../mod.ts";

/** What this process has seen of records that others write, by its own monotonic clock. */
export interface Sightings {
  /**
   * For how long a value has stood under a name since this process first saw it there, in milliseconds: nothing when it
   * sees it now.
   */
  forMs(name: string, value: string): number | undefined;
  /** Whether the time of day has gone on as it should since this process began: nobody has set it. */
  isSteady(): boolean;
}

/** Clocks differ by so much, and are put right by so much, without anything being wrong. */
const SLACK_MS = 5_000;
/** So many names are remembered: what is watched goes on being looked at, and comes back. */
const MAX_NAMES = 10_000;

/** Watches what stands in a store, as times in it are of the clock of another process, or of one that was set since. */
export function createSightings(clock: Clock): Sightings {
  const seen = new Map<string, { value: string; sinceMs: number }>();
  const aheadMs = () => clock.nowMs() - clock.monotonicMs();
  const atFirstMs = aheadMs();
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
    isSteady: () => Math.abs(aheadMs() - atFirstMs) <= SLACK_MS,
  };
}

/**
 * Whether a time at which something was written is still to come: the clock was set back since, or the writer's is ahead.
 * Times that were written with it, when something is due for one, say nothing then.
 */
export function isAhead(writtenAtMs: number, nowMs: number): boolean {
  return writtenAtMs > nowMs + SLACK_MS;
}
