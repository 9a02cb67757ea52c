import type { DenoKvAtomicLike, DenoKvLike } from "./deno_kv_like.ts";

/** Where a store is in Deno KV. */
export interface KvPlace {
  readonly kv: DenoKvLike;
  readonly prefix: string;
  readonly clock: { nowMs(): number };
}

/** About ten seconds in all. */
const MAX_ATTEMPTS = 1000;
const MAX_PAUSE_MS = 20;

/**
 * Commits changes, again as long as another process is writing: a database in a file refuses that at once where the
 * changes depend on what has been read, and has changed nothing then.
 */
export async function commit(
  { kv }: KvPlace,
  change: (atomic: DenoKvAtomicLike) => void,
): Promise<{ readonly ok: boolean; readonly versionstamp?: string }> {
  for (let attempt = 1;; attempt++) {
    const atomic = kv.atomic();
    change(atomic);
    try {
      return await atomic.commit();
    } catch (error) {
      const isLocked = error instanceof Error && error.message === "database is locked";
      if (!isLocked || attempt === MAX_ATTEMPTS) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, Math.random() * MAX_PAUSE_MS));
  }
}
