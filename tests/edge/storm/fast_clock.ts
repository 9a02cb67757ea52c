import { type Clock, systemClock } from "../../../mod.ts";

/** A time that passes faster, the same for all processes that are given the same beginning. */
export function fastClock(sinceMs: number, speed: number): Clock {
  return {
    nowMs: () => Math.floor(sinceMs + (Date.now() - sinceMs) * speed),
    monotonicMs: () => performance.now() * speed,
    sleep: (ms, options) => systemClock.sleep(ms / speed, options),
  };
}
