import { type Clock, systemClock } from "../../../mod.ts";

/**
 * A time that passes faster, the same for all processes that are given the same beginning.
 *
 * @param stepMs By how much the time of day is set forward, or back.
 */
export function fastClock(sinceMs: number, speed: number, stepMs: () => number = () => 0): Clock {
  return {
    nowMs: () => Math.floor(sinceMs + (Date.now() - sinceMs) * speed) + stepMs(),
    monotonicMs: () => performance.now() * speed,
    sleep: (ms, options) => systemClock.sleep(ms / speed, options),
  };
}
