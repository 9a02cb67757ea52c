const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** How long is waited after each attempt, as Standard Webhooks has it. */
const DELAYS_MS: readonly number[] = [
  5_000,
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  2 * HOUR_MS,
  5 * HOUR_MS,
  10 * HOUR_MS,
  14 * HOUR_MS,
  20 * HOUR_MS,
  24 * HOUR_MS,
];
/** No `Retry-After` puts an attempt off for longer. */
const MAX_RETRY_AFTER_MS = 24 * HOUR_MS;

/**
 * When a message is to be sent again.
 *
 * @param attempts How often it has been sent.
 * @param retryAfterMs How long its receiver asks to be left alone.
 * @returns Nothing where it has been sent often enough.
 */
export function nextAttemptAtMs(
  nowMs: number,
  attempts: number,
  retryAfterMs = 0,
): number | undefined {
  const delayMs = DELAYS_MS[attempts - 1];
  return delayMs === undefined
    ? undefined
    : nowMs + Math.max(delayMs, Math.min(retryAfterMs, MAX_RETRY_AFTER_MS));
}
