import { sha256Hex } from "../../src/base/sha256.ts";
import { getAll } from "../../src/store/writes.ts";
import type { DenoKvAtomicLike, DenoKvEntryLike, DenoKvKeyPart } from "./deno_kv_like.ts";
import { commit, type KvPlace } from "./kv_commit.ts";
import { type KvPieces, markPieces, readPieces, removePieces } from "./kv_pieces.ts";

/** What stands under a key: the value in UTF-8 where it is small, or its digest, and where its pieces are. */
export interface KvEntry {
  expiresAtMs: number;
  bytes?: Uint8Array;
  digest?: string;
  pieces?: KvPieces;
}

/** What a look at a key has found: an entry, or nothing. */
export interface FoundEntry {
  key: readonly DenoKvKeyPart[];
  versionstamp: string | null;
  entry: KvEntry | null;
}

/** A value in UTF-8, with its digest if it is too large to stand in an entry. */
export interface KvValue {
  bytes: Uint8Array;
  digest?: string;
}

/** What Deno Deploy reads as one unit; more of it would be in the way of listing keys. */
const MAX_INLINE_BYTES = 4096;

/** Encodes a value. */
export async function kvValueOf(text: string): Promise<KvValue> {
  const bytes = new TextEncoder().encode(text);
  return bytes.length > MAX_INLINE_BYTES ? { bytes, digest: await sha256Hex(bytes) } : { bytes };
}

/** The value of an entry; `undefined` where a part of it is gone, as another one has taken its place. */
export async function readEntry(place: KvPlace, { bytes, pieces }: KvEntry): Promise<string | undefined> {
  const parts = pieces ? await readPieces(place, pieces) : [bytes];
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  return parts?.map((part) => decoder.decode(part, { stream: true })).join("");
}

/** Whether this value stands there, or nothing where it is `null`. */
export function isValue({ entry }: FoundEntry, value: KvValue | null): boolean {
  if (entry === null || value === null) return entry === value;
  if (value.digest !== undefined) return entry.digest === value.digest;
  return entry.bytes?.length === value.bytes.length &&
    value.bytes.every((byte, i) => entry.bytes?.[i] === byte);
}

/**
 * Looks at entries, up to ten of them at one moment. Those that have expired are removed, so that none comes back when
 * the clock is set back.
 */
export async function findEntries(
  place: KvPlace,
  keys: readonly (readonly DenoKvKeyPart[])[],
): Promise<FoundEntry[]> {
  return await withoutExpired(place, await getAll(place.kv, keys));
}

/** What Deno KV gave, with nothing under the keys of what has expired. */
export async function withoutExpired(
  place: KvPlace,
  given: readonly DenoKvEntryLike[],
): Promise<FoundEntry[]> {
  const found = given.map(({ key, versionstamp, value }) =>
    ({ key, versionstamp, entry: value }) as FoundEntry
  );
  const nowMs = place.clock.nowMs();
  const expired = found.filter(({ entry }) => entry !== null && entry.expiresAtMs <= nowMs);
  // Each by itself: that one of them has been replaced meanwhile is no matter of the others.
  await Promise.all(expired.map((found) => replaceEntries(place, [{ found, entry: null }])));
  return found.map((one) => expired.includes(one) ? { ...one, entry: null, versionstamp: null } : one);
}

/** What is to stand in place of an entry. */
export interface KvReplacement {
  found: FoundEntry;
  /** `null` where it is removed; left out where what stands there stays. */
  entry?: KvEntry | null;
  /** After how long Deno KV may remove it. */
  options?: { expireIn?: number };
}

/**
 * Replaces entries if all of them are as they were found, and removes the pieces that they named.
 *
 * @param more Has the commit do more.
 * @returns Whether they were.
 */
export async function replaceEntries(
  place: KvPlace,
  replacements: readonly KvReplacement[],
  more: (atomic: DenoKvAtomicLike) => void = () => {},
): Promise<boolean> {
  const replaced = replacements.flatMap(({ found, entry }) =>
    entry !== undefined && found.entry?.pieces ? [found.entry.pieces] : []
  );
  const { ok } = await commit(place, (atomic) => {
    for (const { found: { key, versionstamp }, entry, options } of replacements) {
      atomic.check({ key, versionstamp });
      if (entry) atomic.set(key, entry, options);
      else if (entry === null) atomic.delete(key);
    }
    // They may be too many for this commit.
    for (const pieces of replaced) markPieces(place, atomic, pieces);
    more(atomic);
  });
  // What cannot be removed now can be later, and the commit has succeeded.
  if (ok) await Promise.all(replaced.map((pieces) => removePieces(place, pieces).catch(() => {})));
  return ok;
}
