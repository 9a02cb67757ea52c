import type { StoreChange } from "../../mod.ts";
import { at, type KvPlace, repeat } from "./kv_commit.ts";
import { findEntries, isValue, type KvEntry, kvValueOf, replaceEntries } from "./kv_entry.ts";
import {
  ABANDONED_AFTER_MS,
  adoptPieces,
  discardPieces,
  isStanding,
  type KvPiece,
  newId,
  PIECE_BYTES,
  setPieces,
  type StagedPieces,
  stagePieces,
} from "./kv_pieces.ts";

/** With this much in pieces, a commit of 64 entries and marks is not too large for Deno KV, which takes 819,200 bytes. */
const MAX_UNSTAGED_BYTES = 320_000;
/** Deno KV removes nothing by its own clock that stands by another one. */
const CLOCK_SLACK_MS = 60_000;
/** It refuses times that are far off. */
const MAX_EXPIRE_IN_MS = 10 * 365 * 24 * 60 * 60 * 1000;

/** What is to stand under a key. */
interface Writing {
  /** In the commit of the pieces that have this name. */
  entryOf(id: string): KvEntry | null;
  options?: { expireIn?: number };
}

/** Makes all changes, or none; returns whether they are made. */
export async function commitChanges(place: KvPlace, changes: readonly StoreChange[]): Promise<boolean> {
  const keys = changes.map(({ key }) => at(place, "entry", key));
  const expected = await Promise.all(
    changes.map(({ expected }) => typeof expected === "string" ? kvValueOf(expected) : expected),
  );
  const pieces: KvPiece[] = [];
  const writings: (Writing | undefined)[] = [];
  for (const change of changes) writings.push(await writingOf(place, change, pieces));
  const isLarge = pieces.reduce((sum, { bytes }) => sum + bytes.length, 0) > MAX_UNSTAGED_BYTES;
  let staged: StagedPieces | undefined;
  try {
    return await repeat(async () => {
      const found = await findEntries(place, keys);
      if (!found.every((one, i) => expected[i] === undefined || isValue(one, expected[i]))) return false;
      if (isLarge) staged ??= await stagePieces(place, pieces);
      if (isLarge && !staged) return undefined;
      const id = staged?.id ?? newId(place);
      const replacements = found.map((found, i) => {
        const { entryOf, options = {} } = writings[i] ?? {};
        return entryOf ? { found, entry: entryOf(id), options } : { found };
      });
      const isMade = await replaceEntries(place, replacements, (atomic) => {
        if (staged) adoptPieces(place, atomic, staged);
        else setPieces(place, atomic, id, pieces);
      });
      if (isMade || (staged && !await isStanding(place, staged))) staged = undefined;
      return isMade || undefined;
    }, "Others change the same keys all the time");
  } finally {
    if (staged) await discardPieces(place, staged).catch(() => {});
  }
}

/** Adds the pieces of a value to those of the commit. */
async function writingOf(
  { clock }: KvPlace,
  { value, expiresInMs = Infinity }: StoreChange,
  pieces: KvPiece[],
): Promise<Writing | undefined> {
  if (value === undefined) return undefined;
  if (value === null) return { entryOf: () => null };
  const expiresAtMs = clock.nowMs() + expiresInMs;
  const options = expiryOf(expiresInMs + CLOCK_SLACK_MS);
  const { bytes, digest } = await kvValueOf(value);
  if (digest === undefined) return { entryOf: () => ({ expiresAtMs, bytes }), options };
  const first = pieces.length;
  for (let start = 0; start < bytes.length; start += PIECE_BYTES) {
    pieces.push({
      bytes: bytes.subarray(start, start + PIECE_BYTES),
      // They are written before the entry, and go after it.
      options: expiryOf(expiresInMs + CLOCK_SLACK_MS + ABANDONED_AFTER_MS),
    });
  }
  const count = pieces.length - first;
  return { entryOf: (id) => ({ expiresAtMs, digest, pieces: { id, first, count } }), options };
}

function expiryOf(expireInMs: number): { expireIn?: number } {
  return expireInMs > MAX_EXPIRE_IN_MS ? {} : { expireIn: Math.ceil(expireInMs) };
}
