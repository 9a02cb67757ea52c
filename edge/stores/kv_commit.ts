import { messageOf } from "../../src/base/narrow.ts";
import { systemClock } from "../../src/base/clock.ts";
import type { DenoKvAtomicLike, DenoKvKeyPart, DenoKvLike } from "./deno_kv_like.ts";

/** Where a store is in Deno KV. */
export interface KvPlace {
  readonly kv: DenoKvLike;
  readonly prefix: string;
  readonly clock: { nowMs(): number };
}

/** Of what is written here: a later form that cannot be read alike gets the next number. */
const FORM = 2;
const GIVE_UP_AFTER_MS = 30_000;
const MAX_PAUSE_MS = 50;

/** A key of Deno KV, below the prefix. */
export function at({ prefix }: KvPlace, ...parts: DenoKvKeyPart[]): readonly DenoKvKeyPart[] {
  return [prefix, FORM, ...parts];
}

/**
 * Tries until there is a result, a little later each time.
 *
 * @throws {Error} With this text, if there is none after 30 seconds.
 */
export async function repeat<T>(attempt: () => Promise<T | undefined>, problem: string): Promise<T> {
  const endMs = systemClock.monotonicMs() + GIVE_UP_AFTER_MS;
  for (let pauseMs = 1;; pauseMs = Math.min(pauseMs * 2, MAX_PAUSE_MS)) {
    const result = await attempt();
    if (result !== undefined) return result;
    if (systemClock.monotonicMs() >= endMs) throw new Error(problem);
    // By chance, so that two that were in each other's way are not so again.
    await systemClock.sleep(Math.random() * pauseMs);
  }
}

/**
 * Commits changes, again as long as another process is writing: a database in a file refuses that at once where the
 * changes depend on what has been read, and has changed nothing then.
 */
export function commit(
  { kv }: KvPlace,
  change: (atomic: DenoKvAtomicLike) => void,
): Promise<{ readonly ok: boolean; readonly versionstamp?: string }> {
  return repeat(async () => {
    const atomic = kv.atomic();
    change(atomic);
    try {
      return await atomic.commit();
    } catch (error) {
      if (messageOf(error) !== "database is locked") throw error;
    }
  }, "The database is locked by another process");
}
