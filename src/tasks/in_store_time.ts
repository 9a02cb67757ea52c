import type { Clock } from "../base/clock.ts";
import { withDeadline } from "../base/deadline.ts";

const STORE_TIMEOUT_MS = 30_000;

/** What of a store is waited for on behalf of all calls, and no caller's time or signal ends. */
export function inStoreTime<T>(clock: Clock, work: () => Promise<T>): Promise<T> {
  const onTimeout = () => new Error(`The store has not answered within ${STORE_TIMEOUT_MS / 1000} s`);
  return withDeadline({ clock, timeoutMs: STORE_TIMEOUT_MS, onTimeout }, work);
}
