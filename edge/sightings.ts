/** Clocks differ by so much, and are put right by so much, without anything being wrong. */
const SLACK_MS = 5_000;

/**
 * Whether a time at which something was written is still to come: the clock was set back since, or the writer's is ahead.
 * Times that were written with it, when something is due for one, say nothing then.
 */
export function isAhead(writtenAtMs: number, nowMs: number): boolean {
  return writtenAtMs > nowMs + SLACK_MS;
}
