import type { DenoKvLike } from "../../../edge/stores/deno_kv_like.ts";
import { put } from "../../../src/store/writes.ts";
import type { Store, StoreChange } from "../../../src/store/store.ts";

export const HOUR_MS = 60 * 60 * 1000;
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

/** Commits of which each is written in another way, and that replace one another. */
export const small: readonly StoreChange[] = [
  { key: "a", value: "small" },
  { key: "b", value: "small" },
  { key: "c", value: null },
];
export const direct: readonly StoreChange[] = [
  { key: "a", value: "d".repeat(100_000) },
  { key: "b", value: "d".repeat(90_000) },
  { key: "c", value: "d" },
];
/** Of 211 pieces, which are written 12 at a time. */
export const staged: readonly StoreChange[] = [
  { key: "a", value: "s".repeat(13_440_000) },
  { key: "b", value: null },
  { key: "c", value: "s".repeat(10_000) },
];

/** What a store has after one of these commits. */
export const contentAfter = (changes: readonly StoreChange[]) =>
  changes.flatMap(({ key, value }) => typeof value === "string" ? [[key, value] as [string, string]] : []);

/** How many pieces it has then. */
export const piecesOf = (changes: readonly StoreChange[]) =>
  contentAfter(changes).map(([, value]) => value.length > 4096 ? Math.ceil(value.length / 64_000) : 0)
    .reduce((sum, count) => sum + count, 0);
