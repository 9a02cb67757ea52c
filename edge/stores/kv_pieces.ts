import type { DenoKvAtomicLike, DenoKvKeyPart } from "./deno_kv_like.ts";
import { commit, type KvPlace } from "./kv_commit.ts";
import { joined } from "./record_body.ts";

/** Pieces of a value that are written, and that no entry names yet. */
export interface StagedPieces {
  generation: string;
  /** The version of the mark that says so: while it stands, nobody has removed them. */
  versionstamp: string;
}

/** Deno KV takes values of 65,536 bytes, and 819,200 bytes in one commit. */
export const PIECE_BYTES = 64_000;
export const PIECES_PER_COMMIT = 8;
/** They are removed in one commit, which takes 1,000 changes. */
export const MAX_PIECES = 900;
const KEYS_PER_READ = 10;
/** No write takes so long. */
const ABANDONED_AFTER_MS = 60 * 60 * 1000;
const MARKS_PER_SWEEP = 4;
const SWEPT = "swept";

/** A key of Deno KV, below the prefix. */
export function at({ prefix }: KvPlace, ...parts: DenoKvKeyPart[]): readonly DenoKvKeyPart[] {
  return [prefix, ...parts];
}

function pieceKey(place: KvPlace, generation: string, number: number): readonly DenoKvKeyPart[] {
  return at(place, "piece", generation, number);
}

/** Pieces of one value belong to one generation, which is never used again. */
export function setPieces(
  place: KvPlace,
  atomic: DenoKvAtomicLike,
  generation: string,
  pieces: readonly Uint8Array[],
  options: { expireIn?: number; first?: number } = {},
): void {
  const { first = 0, ...rest } = options;
  for (const [i, piece] of pieces.entries()) atomic.set(pieceKey(place, generation, first + i), piece, rest);
}

/** Removes the pieces of a value together with what else the commit changes. */
export function deletePieces(
  place: KvPlace,
  atomic: DenoKvAtomicLike,
  generation: string,
  count: number,
): void {
  for (let number = 0; number < count; number++) atomic.delete(pieceKey(place, generation, number));
}

/** The bytes of a value; `undefined` where another one has replaced it meanwhile. */
export async function readPieces(
  place: KvPlace,
  generation: string,
  count: number,
): Promise<Uint8Array | undefined> {
  const pieces: Uint8Array[] = [];
  while (pieces.length < count) {
    const length = Math.min(KEYS_PER_READ, count - pieces.length);
    const keys = Array.from({ length }, (_, i) => pieceKey(place, generation, pieces.length + i));
    for (const { value } of await place.kv.getMany(keys)) {
      if (!(value instanceof Uint8Array)) return undefined;
      pieces.push(value);
    }
  }
  return joined(pieces);
}

/**
 * Writes what is too much for one commit, with a mark, so that it is found should the process end before an entry
 * names it; `undefined` where somebody took it for abandoned.
 */
export async function stagePieces(
  place: KvPlace,
  pieces: readonly Uint8Array[],
  options: { expireIn?: number },
): Promise<StagedPieces | undefined> {
  const generation = crypto.randomUUID();
  const mark = markKey(place, generation);
  let staged: StagedPieces | undefined;
  for (let first = 0; first < pieces.length; first += PIECES_PER_COMMIT) {
    const some = pieces.slice(first, first + PIECES_PER_COMMIT);
    const { ok, versionstamp } = await commit(place, (atomic) => {
      if (staged === undefined) atomic.set(mark, place.clock.nowMs());
      else atomic.check({ key: mark, versionstamp: staged.versionstamp });
      setPieces(place, atomic, generation, some, { ...options, first });
    });
    if (!ok) return undefined;
    staged ??= { generation, versionstamp: versionstamp as string };
  }
  return staged;
}

/** Has the commit happen only if the pieces are still there, and takes their mark away. */
export function adoptPieces(place: KvPlace, atomic: DenoKvAtomicLike, staged: StagedPieces): void {
  const key = markKey(place, staged.generation);
  atomic.check({ key, versionstamp: staged.versionstamp }).delete(key);
}

/** Whether nobody has taken the pieces for abandoned. */
export async function isStanding(
  place: KvPlace,
  { generation, versionstamp }: StagedPieces,
): Promise<boolean> {
  return (await place.kv.get(markKey(place, generation))).versionstamp === versionstamp;
}

/** Removes staged pieces, unless an entry has got them: their mark is gone then. */
export async function discardPieces(place: KvPlace, staged: StagedPieces): Promise<void> {
  const key = markKey(place, staged.generation);
  const { ok } = await commit(place, (atomic) => {
    atomic.check({ key, versionstamp: staged.versionstamp }).set(key, SWEPT);
  });
  if (ok) await removeMarked(place, staged.generation);
}

/** Removes what processes left that ended in the middle of a write, a little of it. */
export async function sweepPieces(place: KvPlace): Promise<void> {
  const start = at(place, "mark", "");
  const end = at(place, "mark", "\uffff");
  const marks = place.kv.list({ start, end }, { limit: MARKS_PER_SWEEP });
  for await (const { key, value, versionstamp } of marks) {
    const generation = key.at(-1) as string;
    if (value === SWEPT) await removeMarked(place, generation);
    else if (place.clock.nowMs() - (value as number) > ABANDONED_AFTER_MS) {
      await discardPieces(place, { generation, versionstamp: versionstamp as string });
    }
  }
}

function markKey(place: KvPlace, generation: string): readonly DenoKvKeyPart[] {
  return at(place, "mark", generation);
}

async function removeMarked(place: KvPlace, generation: string): Promise<void> {
  const selector = { start: pieceKey(place, generation, 0), end: pieceKey(place, generation, Infinity) };
  const numbers: number[] = [];
  for await (const { key } of place.kv.list(selector, { batchSize: KEYS_PER_READ })) {
    numbers.push(key.at(-1) as number);
  }
  await commit(place, (atomic) => {
    atomic.delete(markKey(place, generation));
    for (const number of numbers) atomic.delete(pieceKey(place, generation, number));
  });
}
