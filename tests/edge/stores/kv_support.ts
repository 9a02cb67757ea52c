import type { DenoKvLike } from "../../../edge/stores/deno_kv_like.ts";
import { put } from "../../../src/store/writes.ts";
import type { Store } from "../../../src/store/store.ts";

/** How many commits of a store there are until it has swept: one in 64 does. */
const COMMITS_PER_SWEEP = 64;

/** What a store has in Deno KV, by the kind of key. */
export async function heldBy(kv: Deno.Kv, prefix = "globus"): Promise<Record<string, number>> {
  const held: Record<string, number> = {};
  for await (const { key: [, , kind] } of kv.list({ prefix: [prefix] })) {
    held[kind as string] = (held[kind as string] ?? 0) + 1;
  }
  return held;
}

/** Has a store sweep so often. */
export async function sweep(store: Store, times = 1): Promise<void> {
  for (let i = 0; i < times * COMMITS_PER_SWEEP; i++) await put(store, "swept", `${i}`);
}

/** A database with something around some of its calls. */
export function around(kv: Deno.Kv, calls: {
  /** Around each commit; they have numbers from 1. */
  commit?: (commit: () => Promise<{ ok: boolean }>, number: number) => Promise<{ ok: boolean }>;
  /** Before each read of several keys; they have numbers from 1. */
  read?: (number: number) => Promise<void>;
}): DenoKvLike {
  let commits = 0;
  let reads = 0;
  const around = {
    get: kv.get.bind(kv),
    list: kv.list.bind(kv),
    async getMany(keys: readonly Deno.KvKey[]) {
      await calls.read?.(++reads);
      return await kv.getMany(keys);
    },
    atomic() {
      const atomic = kv.atomic();
      const commit = atomic.commit.bind(atomic);
      return Object.assign(atomic, { commit: () => calls.commit?.(commit, ++commits) ?? commit() });
    },
  };
  return around as unknown as DenoKvLike;
}
