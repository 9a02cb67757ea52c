import { type FileHandle, open, rm } from "node:fs/promises";
import type { Store, StoreOptions } from "../../../mod.ts";
import { UsageError } from "../usage_error.ts";
import { readLines } from "./read_lines.ts";

/** The keys whose values a service may hand over only once. */
const RESULTS = "result/";
/** Where so much is not in the store yet, the next results wait. */
const MAX_PENDING_CHARACTERS = 32 * 2 ** 20;
/** A log that is longer is emptied once all of it is in the store. */
const MAX_LOG_BYTES = 16 * 2 ** 20;

interface Entry {
  key: string;
  value: string;
  expiresAtMs?: number;
}

/** A store whose results outlast the process from the first moment on. */
export interface WriteAheadStore {
  store: Store;
  /** Resolves once all results are in the store behind it; the log is removed then. */
  close(): Promise<void>;
}

/**
 * Puts results into a log before it puts them into a store: a store makes a file of each, and a process that is killed
 * meanwhile would lose those of an answer that the service does not give again. In the log all results of an answer
 * are one write. What a log has of an earlier process goes into the store first.
 */
export async function writeAheadStore(base: Store, path: string): Promise<WriteAheadStore> {
  await recover(base, path);
  const log = await open(path, "a", 0o600);
  const pending = new Map<string, string>();
  let pendingCharacters = 0;
  const background = new Set<Promise<void>>();
  let waiting: Entry[] = [];
  let writing: Promise<void> | undefined;
  let last: Promise<void> = Promise.resolve();
  let isClosed = false;

  async function write(): Promise<void> {
    await Promise.resolve(); // What comes with the same answer is written with it.
    while (pendingCharacters > MAX_PENDING_CHARACTERS && background.size > 0) await Promise.race(background);
    const entries = waiting;
    waiting = [];
    writing = undefined;
    await log.appendFile(entries.map((entry) => `${JSON.stringify(entry)}\n`).join(""));
    for (const entry of entries) move(entry);
  }

  function move({ key, value, expiresAtMs }: Entry): void {
    const moved = base.put(key, value, optionsOf(expiresAtMs)).then(() => {
      if (pending.get(key) !== value) return;
      pending.delete(key);
      pendingCharacters -= value.length;
    }).catch(() => {}) // It stays in the log and in the memory of this process.
      .finally(() => background.delete(moved));
    background.add(moved);
  }

  const store: Store = {
    get: async (key) => pending.get(key) ?? await base.get(key),
    async put(key, value, options: StoreOptions = {}) {
      // What was on the wire when a command ended comes after the log is closed.
      if (isClosed || !key.startsWith(RESULTS)) return await base.put(key, value, options);
      const { expiresInMs } = options;
      pendingCharacters += value.length - (pending.get(key)?.length ?? 0);
      pending.set(key, value);
      waiting.push({
        key,
        value,
        ...(expiresInMs === undefined
          ? {}
          : { expiresAtMs: expiresInMs === 0 ? 0 : Date.now() + expiresInMs }),
      });
      // Whoever comes while a write is under way goes with the next one.
      writing ??= last = last.catch(() => {}).then(write).then(() => shorten(log, pending));
      await writing;
    },
    async delete(key) {
      pendingCharacters -= pending.get(key)?.length ?? 0;
      pending.delete(key);
      await base.delete(key);
    },
    list: (prefix) => base.list(prefix),
    compareAndSet: (key, ...rest) => base.compareAndSet(key, ...rest),
  };
  return {
    store,
    async close() {
      isClosed = true;
      await last.catch(() => {});
      while (background.size > 0) await Promise.all(background);
      await log.close();
      if (pending.size === 0) await rm(path, { force: true });
    },
  };
}

function optionsOf(expiresAtMs: number | undefined): StoreOptions {
  return expiresAtMs === undefined ? {} : { expiresInMs: Math.max(0, expiresAtMs - Date.now()) };
}

async function shorten(log: FileHandle, pending: ReadonlyMap<string, string>): Promise<void> {
  if (pending.size === 0 && (await log.stat()).size > MAX_LOG_BYTES) await log.truncate(0);
}

async function recover(base: Store, path: string): Promise<void> {
  const log = await open(path, "a+", 0o600);
  try {
    // A last line without an end was cut short: its result was not handed over.
    await readLines(log, async (line) => {
      const entry = readEntry(line);
      if (entry === undefined) {
        throw new UsageError(
          `Cannot read '${path}', which holds results that are not in the store yet: a line of it is damaged. Move the ` +
            "file away to go on without them",
        );
      }
      await base.put(entry.key, entry.value, optionsOf(entry.expiresAtMs));
    });
    await log.truncate(0);
  } finally {
    await log.close();
  }
}

function readEntry(line: string): Entry | undefined {
  try {
    const { key, value, expiresAtMs } = JSON.parse(line);
    const isEntry = typeof key === "string" && typeof value === "string" &&
      (expiresAtMs === undefined || typeof expiresAtMs === "number");
    if (!isEntry) return undefined;
    return { key, value, ...(expiresAtMs === undefined ? {} : { expiresAtMs }) };
  } catch {
    return undefined;
  }
}
