import { commit, type KvPlace } from "./kv_commit.ts";
import { idOf } from "./key_id.ts";
import {
  adoptPieces,
  at,
  deletePieces,
  discardPieces,
  isStanding,
  MAX_PIECES,
  PIECE_BYTES,
  PIECES_PER_COMMIT,
  readPieces,
  setPieces,
  type StagedPieces,
  stagePieces,
} from "./kv_pieces.ts";
import { decodeBody, piecesOf, type RecordBody } from "./record_body.ts";

/** What stands under a key: the body itself where it is small, or where its pieces are. */
export interface KvEntry {
  expiresAtMs: number;
  body?: Uint8Array;
  generation?: string;
  pieces?: number;
}

/** What to write over an entry, and whether. */
export interface KvChange {
  /** Nothing where the value is to be removed. */
  bytes: Uint8Array<ArrayBuffer> | undefined;
  expiresAtMs: number;
  /** After how long Deno KV may remove it, in milliseconds. */
  expireIn?: number;
  /** Whether to write, over what can be read. */
  judge(found: FoundEntry): Promise<boolean>;
}

/** An entry that was found, or that there is none. */
export interface FoundEntry {
  exists: boolean;
  /** What is in it; nothing where it has expired. */
  read(): Promise<RecordBody | undefined>;
}

/** What Deno Deploy reads as one unit; more of it would be in the way of listing keys. */
const MAX_INLINE_BYTES = 4096;
/** Each one is somebody else's success: so many in a row are something else. */
const MAX_ATTEMPTS = 10_000;

/** Thrown by {@linkcode FoundEntry.read} where the entry has been replaced meanwhile: look again. */
const REPLACED = Symbol();

/** What stands under the key with this id. */
export async function readEntry(place: KvPlace, id: Uint8Array): Promise<RecordBody | undefined> {
  let body: RecordBody | undefined;
  await withEntry(place, id, async ({ found }) => {
    body = await found.read();
    return true;
  });
  return body;
}

/** Makes the change; returns whether it was not refused. */
export async function changeEntry(place: KvPlace, key: string, change: KvChange): Promise<boolean> {
  const { bytes, expiresAtMs, expireIn } = change;
  const id = await idOf(key);
  const pieces = bytes && bytes.length > MAX_INLINE_BYTES ? piecesOf(bytes, PIECE_BYTES) : [];
  if (pieces.length > MAX_PIECES) {
    throw new RangeError(
      `Cannot keep a value of ${bytes?.length} bytes: Deno KV has room for ${MAX_PIECES * PIECE_BYTES}`,
    );
  }
  const options = expireIn === undefined ? {} : { expireIn };
  let staged: StagedPieces | undefined;
  let isWritten = false;
  try {
    await withEntry(place, id, async ({ found, entryKey, versionstamp, old }) => {
      if (!await change.judge(found)) return true;
      if (pieces.length > PIECES_PER_COMMIT) {
        staged ??= await stagePieces(place, pieces, options);
        if (staged === undefined) return false;
      }
      const { ok } = await commit(place, (atomic) => {
        atomic.check({ key: entryKey, versionstamp });
        if (old?.generation !== undefined) deletePieces(place, atomic, old.generation, old.pieces ?? 0);
        if (bytes === undefined) return void atomic.delete(entryKey);
        if (pieces.length === 0) return void atomic.set(entryKey, { expiresAtMs, body: bytes }, options);
        const generation = staged?.generation ?? crypto.randomUUID();
        if (staged) adoptPieces(place, atomic, staged);
        else setPieces(place, atomic, generation, pieces, options);
        atomic.set(entryKey, { expiresAtMs, generation, pieces: pieces.length }, options);
      });
      if (ok) isWritten = true;
      if (ok || (staged && !await isStanding(place, staged))) staged = undefined;
      return ok;
    });
  } finally {
    if (staged) await discardPieces(place, staged).catch(ignore);
  }
  return isWritten;
}

interface Look {
  entryKey: ReturnType<typeof at>;
  versionstamp: string | null;
  old: KvEntry | null;
  found: FoundEntry;
}

/** Looks at the entry, and again until `use` is done with what it sees. */
async function withEntry(
  place: KvPlace,
  id: Uint8Array,
  use: (look: Look) => Promise<boolean>,
): Promise<void> {
  const entryKey = at(place, "entry", id);
  let replaced: string | null | undefined;
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const { value, versionstamp } = await place.kv.get(entryKey);
    if (versionstamp !== null && versionstamp === replaced) throw new Error("A part of a value is missing");
    const old = value as KvEntry | null;
    const read = async () => {
      if (old === null || old.expiresAtMs <= place.clock.nowMs()) return undefined;
      const bytes = old.body ?? await readPieces(place, old.generation ?? "", old.pieces ?? 0);
      if (bytes) return decodeBody(bytes);
      throw REPLACED;
    };
    try {
      if (await use({ entryKey, versionstamp, old, found: { exists: old !== null, read } })) return;
    } catch (error) {
      if (error !== REPLACED) throw error;
      replaced = versionstamp;
    }
  }
  throw new Error("The value changes each time it is read");
}

function ignore(): void {}
