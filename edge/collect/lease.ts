import { compareAndSet } from "../../src/store/writes.ts";
import type { EdgeContext } from "../context.ts";
import { COLLECT_LEASE_KEY } from "../records/keys.ts";

/** The right to collect, which one process at a time has. */
export interface CollectLease {
  /** Is aborted when the lease is lost: another process may collect by now. */
  readonly signal: AbortSignal;
  /** Lets others collect. */
  giveBack(): Promise<void>;
}

/** After so long another process takes over from one that has ended. */
export const LEASE_MS = 60_000;
const RENEW_MS = 20_000;

/**
 * Takes the right to collect, unless another process has it, and renews it until it is given back. One that has ended
 * without a word is known by its lease, which has expired, or has not changed for as long while this process looked on:
 * the clock may have been set back in between.
 */
export async function takeLease(
  { store, clock, sightings }: Pick<EdgeContext, "store" | "clock" | "sightings">,
): Promise<CollectLease | undefined> {
  const holder = crypto.randomUUID();
  const options = { expiresInMs: LEASE_MS };
  /** What stands there while it is ours: each renewal writes another text. */
  let held = `${holder} 1`;
  if (!await compareAndSet(store, COLLECT_LEASE_KEY, undefined, held, options)) {
    const other = await store.get(COLLECT_LEASE_KEY);
    if (other !== undefined && (sightings.forMs(COLLECT_LEASE_KEY, other) ?? 0) < LEASE_MS) return undefined;
    if (!await compareAndSet(store, COLLECT_LEASE_KEY, other, held, options)) return undefined;
  }
  const lost = new AbortController();
  const over = new AbortController();
  const renew = async (): Promise<void> => {
    for (let beat = 2;; beat++) {
      await clock.sleep(RENEW_MS, { signal: over.signal });
      const next = `${holder} ${beat}`;
      if (!await isRenewed(next)) return lost.abort();
      held = next;
    }
  };
  const isRenewed = async (next: string): Promise<boolean> =>
    await compareAndSet(store, COLLECT_LEASE_KEY, held, next, options) ||
    // The clock was set ahead, and what nobody else has taken is ours still.
    await compareAndSet(store, COLLECT_LEASE_KEY, undefined, next, options);
  const renewing = renew().catch(() => {
    // It is over, or the store has failed: then the lease may run out, and nothing new is begun.
    if (!over.signal.aborted) lost.abort();
  });
  return {
    signal: lost.signal,
    async giveBack() {
      over.abort();
      await renewing; // It must not write the lease once it has been given back.
      await compareAndSet(store, COLLECT_LEASE_KEY, held, undefined).catch(() => {}); // It runs out.
    },
  };
}
