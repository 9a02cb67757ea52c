import { basename, join } from "node:path";
import { expiryOf } from "../base/expiry.ts";
import { type Change, commit } from "./file_commit.ts";
import { directoryOf, keyOf, mayBegin, type Place } from "./file_layout.ts";
import { encodeRecord } from "./file_record.ts";
import type { FileSystem } from "./file_system.ts";
import { createSweeper, keyDirectories } from "./file_sweep.ts";
import { newestVersion, readHeader, readVersion } from "./file_versions.ts";
import type { OldStore as Store } from "./from_old.ts";
import { createTurns } from "./turns.ts";

/** Each holds one file open at most, and systems give a process as few as 256. */
const MAX_CALLS_AT_ONCE = 32;

/** What a file store is made of. */
export interface FileStoreParts {
  directory: string;
  clock: { nowMs(): number };
  isDurable: boolean;
  files: FileSystem;
}

/** Makes a file store on a file system that is given. */
export function createFileStore({ directory, clock, isDurable, files }: FileStoreParts): Store {
  const root = join(directory, "v2");
  const place: Place = { files, root, staging: join(root, "staging"), isDurable };
  const sweeper = createSweeper(place, () => clock.nowMs());
  const turns = createTurns(MAX_CALLS_AT_ONCE);

  /** The value that stands in a key's directory. */
  async function readStanding(path: string): Promise<string | undefined> {
    for (;;) {
      const newest = await newestVersion(files, path);
      if (newest === undefined || newest.isTombstone) return undefined;
      const record = await readVersion(files, path, newest);
      if (record) return record.header.expiresAtMs <= clock.nowMs() ? undefined : record.value;
    }
  }

  /** The key of this directory, if a value stands there. */
  async function keyStandingIn(path: string): Promise<string | undefined> {
    const key = keyOf(basename(path));
    for (;;) {
      const newest = await newestVersion(files, path);
      if (newest === undefined || newest.isTombstone) return undefined;
      try {
        const header = await readHeader(files, path, newest);
        if (header) return header.expiresAtMs <= clock.nowMs() ? undefined : header.key;
      } catch {
        return key; // It is there, and `get` tells what is wrong with it.
      }
    }
  }

  function write(key: string, change: (path: string) => Change): Promise<boolean> {
    const path = directoryOf(place, key);
    return turns.runInOrder(key, async () => {
      const isWritten = await commit(place, path, change(path));
      if (isWritten) await sweeper.onWrite();
      return isWritten;
    });
  }

  /** Runs what `action` names; what the system says is told with the directory. */
  async function attempt<T>(action: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (cause) {
      const detail = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`Cannot ${action} the file store in '${directory}': ${detail}`, { cause });
    }
  }

  return {
    get: (key) => attempt("read from", () => turns.run(() => readStanding(directoryOf(place, key)))),

    async put(key, value, options = {}) {
      const content = encodeRecord(key, value, expiryOf(options, clock.nowMs()));
      await attempt("write to", () => write(key, () => ({ content, judge: () => Promise.resolve("write") })));
    },

    async delete(key) {
      await attempt("write to", () =>
        write(key, () => ({
          content: undefined,
          judge: (newest) => Promise.resolve(newest ? "write" : "refuse"),
        })));
    },

    async *list(prefix) {
      const paths = await attempt("read from", () => candidates(place, prefix, keyStandingIn));
      for (let i = 0; i < paths.length; i += MAX_CALLS_AT_ONCE) {
        const batch = paths.slice(i, i + MAX_CALLS_AT_ONCE);
        const keys = await attempt(
          "read from",
          () => Promise.all(batch.map(({ path }) => turns.run(() => keyStandingIn(path)))),
        );
        for (const key of keys) if (key !== undefined) yield key;
      }
    },

    async compareAndSet(key, expected, value, options = {}) {
      const content = encodeRecord(key, value, expiryOf(options, clock.nowMs()));
      return await attempt("write to", () =>
        write(key, (path) => ({
          content,
          async judge(newest) {
            if (newest === undefined) return expected === undefined ? "write" : "refuse";
            const record = await readVersion(files, path, newest);
            if (record === undefined) return "look again";
            const isGone = record.header.expiresAtMs <= clock.nowMs();
            return (isGone ? undefined : record.value) === expected ? "write" : "refuse";
          },
        })));
    },
  };
}

/** The directories of keys that begin with `prefix`, in the keys' order. A few may hold no value. */
async function candidates(
  place: Place,
  prefix: string,
  keyStandingIn: (path: string) => Promise<string | undefined>,
): Promise<{ key: string; path: string }[]> {
  const found: { key: string; path: string }[] = [];
  for await (const path of keyDirectories(place, { prefix })) {
    const name = basename(path);
    if (!mayBegin(name, prefix)) continue;
    // A long key is in the file alone.
    const key = keyOf(name) ?? await keyStandingIn(path);
    if (key?.startsWith(prefix)) found.push({ key, path });
  }
  return found.sort((a, b) => (a.key < b.key ? -1 : 1));
}
