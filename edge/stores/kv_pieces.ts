import { getAll } from "../../src/store/writes.ts";
import type { DenoKvAtomicLike, DenoKvKeyPart } from "./deno_kv_like.ts";
import { at, commit, type KvPlace } from "./kv_commit.ts";

/** A part of a value, and when Deno KV may remove it. */
export interface KvPiece {
  bytes: Uint8Array;
  options: { expireIn?: number };
}

/** Some of the pieces that one commit wrote. They never change, and no later ones have their names. */
export interface KvPieces {
  /** Of the commit; begins with its time, so that the oldest come first. */
  id: string;
  /** The number of the first one. */
  first: number;
  count: number;
}

/** Pieces that are written, and that no entry names yet. */
export interface StagedPieces extends KvPieces {
  /** The version of the mark that says so: while it stands, nothing has removed them. */
  versionstamp: string;
}

/** Deno KV takes values of 65,536 bytes. */
export const PIECE_BYTES = 64_000;
/** It takes 819,200 bytes in one commit. */
const PIECES_PER_COMMIT = 12;
/** No commit takes so long. */
export const ABANDONED_AFTER_MS = 60 * 60 * 1000;
const MARKS_PER_SWEEP = 4;

function pieceKeys(place: KvPlace, { id, first, count }: KvPieces): (readonly DenoKvKeyPart[])[] {
  return Array.from({ length: count }, (_, i) => at(place, "piece", id, first + i));
}

/** Where it is written that no entry names these pieces, and how many they are. */
function markKey(place: KvPlace, { id, first }: KvPieces): readonly DenoKvKeyPart[] {
  return at(place, "mark", id, first);
}

/** A name for the pieces of a commit that is made now. */
export function newId({ clock }: KvPlace): string {
  return `${new Date(clock.nowMs()).toISOString()} ${crypto.randomUUID()}`;
}

/** Writes pieces, the first of which has this number. */
export function setPieces(
  place: KvPlace,
  atomic: DenoKvAtomicLike,
  id: string,
  pieces: readonly KvPiece[],
  first = 0,
): void {
  for (const [i, { bytes, options }] of pieces.entries()) {
    atomic.set(at(place, "piece", id, first + i), bytes, options);
  }
}

/** All of these pieces; `undefined` where one is gone, as another value has taken the place of theirs. */
export async function readPieces(place: KvPlace, pieces: KvPieces): Promise<Uint8Array[] | undefined> {
  const values = (await getAll(place.kv, pieceKeys(place, pieces))).map(({ value }) => value);
  return values.every((value) => value instanceof Uint8Array) ? values : undefined;
}

/**
 * Writes what is too much for one commit, with a mark, so that it is found should the process end before an entry
 * names it; `undefined` where another process took it for abandoned.
 */
export async function stagePieces(
  place: KvPlace,
  pieces: readonly KvPiece[],
): Promise<StagedPieces | undefined> {
  const all = { id: newId(place), first: 0, count: pieces.length };
  const key = markKey(place, all);
  let staged: StagedPieces | undefined;
  try {
    for (let first = 0; first < pieces.length; first += PIECES_PER_COMMIT) {
      const { ok, versionstamp } = await commit(place, (atomic) => {
        if (staged) atomic.check({ key, versionstamp: staged.versionstamp });
        else markPieces(place, atomic, all);
        setPieces(place, atomic, all.id, pieces.slice(first, first + PIECES_PER_COMMIT), first);
      });
      if (!ok) return undefined;
      staged ??= { ...all, versionstamp: versionstamp as string };
    }
  } catch (error) {
    if (staged) await discardPieces(place, staged).catch(() => {});
    throw error;
  }
  return staged;
}

/** Has the commit happen only if the pieces are still there, and takes their mark away. */
export function adoptPieces(place: KvPlace, atomic: DenoKvAtomicLike, staged: StagedPieces): void {
  const key = markKey(place, staged);
  atomic.check({ key, versionstamp: staged.versionstamp }).delete(key);
}

/** Whether nothing has taken the pieces for abandoned. */
export async function isStanding(place: KvPlace, staged: StagedPieces): Promise<boolean> {
  return (await place.kv.get(markKey(place, staged))).versionstamp === staged.versionstamp;
}

/** Has the commit say that no entry names these pieces from then on. */
export function markPieces(place: KvPlace, atomic: DenoKvAtomicLike, pieces: KvPieces): void {
  atomic.set(markKey(place, pieces), pieces.count);
}

/** Removes pieces that are marked, and the mark: one commit of Deno KV removes 1,000, and 16 MiB have fewer. */
export async function removePieces(place: KvPlace, pieces: KvPieces): Promise<void> {
  const keys = [markKey(place, pieces), ...pieceKeys(place, pieces)];
  await commit(place, (atomic) => keys.forEach((key) => atomic.delete(key)));
}

/** Removes staged pieces, unless an entry has got them: their mark is gone then. */
export async function discardPieces(place: KvPlace, staged: StagedPieces): Promise<void> {
  // A mark of another version keeps whatever has staged them from naming them.
  const { ok } = await commit(place, (atomic) => {
    atomic.check({ key: markKey(place, staged), versionstamp: staged.versionstamp });
    markPieces(place, atomic, staged);
  });
  if (ok) await removePieces(place, staged);
}

/** Removes what processes left that ended in the middle of a commit, a little of it. */
export async function sweepPieces(place: KvPlace): Promise<void> {
  const abandoned = new Date(place.clock.nowMs() - ABANDONED_AFTER_MS).toISOString();
  const selector = { start: at(place, "mark", ""), end: at(place, "mark", abandoned) };
  for await (const { key, value, versionstamp } of place.kv.list(selector, { limit: MARKS_PER_SWEEP })) {
    const [id, first] = key.slice(-2) as [string, number];
    await discardPieces(place, { id, first, count: value as number, versionstamp: versionstamp as string });
  }
}
