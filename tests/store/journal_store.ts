import { closeSync, fstatSync, fsyncSync, ftruncateSync, openSync, readSync, writeSync } from "node:fs";
import { checkedStore, type Store } from "../../mod.ts";

/** What {@linkcode journalStore} takes. */
export interface JournalStoreOptions {
  /** Tells the time; the default is that of the runtime. */
  clock?: { nowMs(): number };
}

/** A write of a commit: key, value and the time at which it expires, `null` for nothing and for never. */
type Write = [key: string, value: string | null, expiresAtMs: number | null];

/**
 * A store in a `Map` and a file: each commit that writes is one line of JSON there, and each call first reads the lines
 * that others have added. Several stores of one process may share the file; nothing locks it against other processes,
 * and it only ever grows.
 */
export function journalStore(path: string, { clock }: JournalStoreOptions = {}): Store & Disposable {
  const file = openSync(path, "a+", 0o600);
  const values = new Map<string, { value: string; expiresAtMs: number }>();
  let readUpTo = 0;

  /** Reads whole lines alone: what follows the last of them is a commit that was cut off, and so not made. */
  function catchUp(): void {
    const { size } = fstatSync(file);
    if (size === readUpTo) return;
    const bytes = new Uint8Array(size - readUpTo);
    for (let at = 0; at < bytes.length;) {
      const count = readSync(file, bytes, at, bytes.length - at, readUpTo + at);
      if (count === 0) throw new Error(`Journal '${path}' was cut while it was read`);
      at += count;
    }
    const whole = bytes.subarray(0, bytes.lastIndexOf(10) + 1);
    for (const line of new TextDecoder().decode(whole).split("\n")) {
      if (line !== "") { for (const write of JSON.parse(line) as Write[]) apply(write); }
    }
    readUpTo += whole.length;
  }

  function apply([key, value, expiresAtMs]: Write): void {
    if (value === null) values.delete(key);
    else values.set(key, { value, expiresAtMs: expiresAtMs ?? Infinity });
  }

  function append(writes: readonly Write[]): void {
    const line = new TextEncoder().encode(JSON.stringify(writes) + "\n");
    ftruncateSync(file, readUpTo);
    for (let at = 0; at < line.length;) at += writeSync(file, line, at);
    fsyncSync(file);
  }

  const now = () => clock?.nowMs() ?? Date.now();

  function read(key: string): string | undefined {
    const entry = values.get(key);
    return entry && entry.expiresAtMs > now() ? entry.value : undefined;
  }

  const store = checkedStore({
    // deno-lint-ignore require-await
    async get(key) {
      catchUp();
      return read(key);
    },
    // deno-lint-ignore require-await
    async getMany(keys) {
      catchUp();
      return keys.map(read);
    },
    // deno-lint-ignore require-await
    async list(prefix, { after = "", limit } = {}) {
      catchUp();
      const isListed = (key: string) => key.startsWith(prefix) && key > after && read(key) !== undefined;
      return [...values.keys()].filter(isListed).sort().slice(0, limit);
    },
    // deno-lint-ignore require-await
    async commit(changes) {
      catchUp();
      const holds = changes.every(({ key, expected }) =>
        expected === undefined || (read(key) ?? null) === expected
      );
      if (!holds) return false;
      const writes = changes.flatMap(({ key, value, expiresInMs }): Write[] =>
        value === undefined ? [] : [[key, value, expiresInMs === undefined ? null : now() + expiresInMs]]
      );
      if (writes.length > 0) append(writes);
      return true;
    },
  });
  return { ...store, [Symbol.dispose]: () => closeSync(file) };
}
