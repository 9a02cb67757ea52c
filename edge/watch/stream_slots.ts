import type { Clock } from "../../mod.ts";

/** How long a stream is open at most. A client connects again, and goes on from where it was. */
export const STREAM_LIFETIME_MS = 5 * 60_000;

/** Takes a place, and gives the function that gives it back; nothing where all are taken. */
export type TakeSlot = () => (() => void) | undefined;

/**
 * Places for so many streams. A stream whose body nobody ever reads gives nothing back: its place is free again
 * when its time is over.
 */
export function streamSlots(
  { maxOpen, lifetimeMs, clock }: { maxOpen: number; lifetimeMs: number; clock: Clock },
): TakeSlot {
  const endsAtMs = new Map<symbol, number>();
  return () => {
    const nowMs = clock.monotonicMs();
    for (const [slot, endMs] of endsAtMs) if (endMs <= nowMs) endsAtMs.delete(slot);
    if (endsAtMs.size >= maxOpen) return undefined;
    const slot = Symbol();
    endsAtMs.set(slot, nowMs + lifetimeMs);
    return () => void endsAtMs.delete(slot);
  };
}
