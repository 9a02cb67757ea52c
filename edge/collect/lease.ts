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

/** Takes the right to collect, unless another process has it, and renews it until it is given back. */
export async function takeLease(
  context: Pick<EdgeContext, "store" | "clock">,
): Promise<CollectLease | undefined> {
  const { store, clock } = context;
  const holder = crypto.randomUUID();
  const options = { expiresInMs: LEASE_MS };
  if (!await store.compareAndSet(COLLECT_LEASE_KEY, undefined, holder, options)) return undefined;
  const lost = new AbortController();
  const over = new AbortController();
  const renew = async (): Promise<void> => {
    for (;;) {
      await clock.sleep(RENEW_MS, { signal: over.signal });
      if (!await store.compareAndSet(COLLECT_LEASE_KEY, holder, holder, options)) return lost.abort();
    }
  };
  const renewing = renew().catch(() => {
    // It is over, or the store has failed: then the lease may run out, and nothing new is begun.
    if (!over.signal.aborted) lost.abort();
  });
  return {
    signal: lost.signal,
    async giveBack() {
      over.abort();
      await renewing; // It must not write the lease once it has been given back.
      await store.compareAndSet(COLLECT_LEASE_KEY, holder, "", { expiresInMs: 0 }).catch(() => {}); // It runs out.
    },
  };
}
