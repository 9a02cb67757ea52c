import type { Clock } from "../mod.ts";
import { createSightings, type Sightings } from "../src/base/sightings.ts";

/** What a handler sees of what others write, and of its own clock. */
export interface EdgeSightings extends Sightings {
  /** Whether the time of day has gone on as it should since this process began: nobody has set it. */
  isSteady(): boolean;
}

/** Clocks differ by so much, and are put right by so much, without anything being wrong. */
const SLACK_MS = 5_000;

/** Watches what stands in a store, as times in it are of the clock of another process, or of one that was set since. */
export function createEdgeSightings(clock: Clock): EdgeSightings {
  const aheadMs = () => clock.nowMs() - clock.monotonicMs();
  const atFirstMs = aheadMs();
  return { ...createSightings(clock), isSteady: () => Math.abs(aheadMs() - atFirstMs) <= SLACK_MS };
}

/**
 * Whether a time at which something was written is still to come: the clock was set back since, or the writer's is ahead.
 * Times that were written with it, when something is due for one, say nothing then.
 */
export function isAhead(writtenAtMs: number, nowMs: number): boolean {
  return writtenAtMs > nowMs + SLACK_MS;
}
