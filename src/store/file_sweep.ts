import { join } from "node:path";
import { commit } from "./file_commit.ts";
import { isShard, mayHold, type Place } from "./file_layout.ts";
import {
  isAbandoned,
  listVersions,
  newestVersion,
  readHeader,
  removeReplaced,
  unlessMissing,
  type Version,
} from "./file_versions.ts";

/** Removes what nobody needs any more, a little with each write. */
export interface Sweeper {
  /** To be called with each write. */
  onWrite(): Promise<void>;
}

/** As many keys are looked at as are written: no more than about half of what is there has expired. */
const KEYS_PER_SWEEP = 32;
/** Staging takes as long as writing one value does. */
const STAGED_ABANDONED_AFTER_MS = 600_000;
/** Often enough that empty ones are in nobody's way. */
const EMPTY_ABANDONED_AFTER_MS = 60_000;
const STAGED = /^s-[0-9a-f]{32}$/;
const SWEPT = /^x-[0-9a-f]{32}$/;

/** Makes a sweeper that goes over all keys, again and again. */
export function createSweeper(place: Place, nowMs: () => number): Sweeper {
  // Processes that write little have to begin at different points for all of them to get everywhere.
  let writesUntilSweep = 1 + Math.floor(Math.random() * KEYS_PER_SWEEP);
  let isSweeping = false;
  const walk = () => keyDirectories(place, { onEmpty: (path) => sweepEmpty(place, path) });
  let directories = walk();

  async function onWrite(): Promise<void> {
    if (--writesUntilSweep > 0 || isSweeping) return;
    isSweeping = true;
    try {
      const sweeps: Promise<void>[] = [];
      while (sweeps.length < KEYS_PER_SWEEP) {
        const { value: directory } = await directories.next();
        if (directory !== undefined) {
          sweeps.push(sweepKey(place, directory, nowMs).catch(ignore));
          continue;
        }
        directories = walk();
        sweeps.push(sweepStaging(place));
        break;
      }
      await Promise.all(sweeps);
    } catch {
      // What cannot be removed now can be later, and the write has succeeded.
    } finally {
      isSweeping = false;
      writesUntilSweep = KEYS_PER_SWEEP;
    }
  }

  return { onWrite };
}

/** Which keys' directories {@linkcode keyDirectories} gives. */
export interface Walk {
  /** Those that may begin so. */
  prefix?: string;
  /** Is called with each directory that holds those of keys, and is empty. */
  onEmpty?: (path: string) => Promise<void>;
}

/** The directories of keys, some of others too; it begins anywhere. */
export async function* keyDirectories(
  { files, root }: Place,
  { prefix = "", onEmpty }: Walk = {},
): AsyncGenerator<string, undefined> {
  const namesIn = async (path: string) => {
    const entries = await unlessMissing(files.readDirectory(path));
    if (entries?.length === 0) await onEmpty?.(path);
    return entries?.map(({ name }) => name) ?? [];
  };
  for (const group of fromAnywhere((await namesIn(root)).filter((name) => mayHold(name, prefix)))) {
    for (const shard of fromAnywhere((await namesIn(join(root, group))).filter(isShard))) {
      const directory = join(root, group, shard);
      for (const name of await namesIn(directory)) yield join(directory, name);
    }
  }
  return undefined;
}

function fromAnywhere<T>(items: readonly T[]): T[] {
  const first = Math.floor(Math.random() * items.length);
  return [...items.slice(first), ...items.slice(0, first)];
}

/** Removes a directory of keys that has been empty for a while; who needs it makes it again. */
async function sweepEmpty({ files, root }: Place, path: string): Promise<void> {
  if (path === root || !await isAbandoned(files, path, EMPTY_ABANDONED_AFTER_MS)) return;
  await files.removeDirectory(path).catch(ignore);
}

/** Removes a key whose value has expired, and what a process that was killed left of one. */
async function sweepKey(place: Place, directory: string, nowMs: () => number): Promise<void> {
  const { files } = place;
  const listing = await listVersions(files, directory);
  const newest = listing?.newest ?? await newestVersion(files, directory);
  if (newest === undefined) return;
  if (newest.isTombstone) return await removeReplaced(files, directory, newest);
  const hasExpired = async (version: Version) => {
    const header = await readHeader(files, directory, version);
    return header !== undefined && header.expiresAtMs <= nowMs();
  };
  if (await hasExpired(newest)) {
    await commit(place, directory, {
      content: undefined,
      judge: async (version) => version && await hasExpired(version) ? "write" : "refuse",
    });
    return;
  }
  const rest = (listing?.versions.length ?? 0) + (listing?.temporaries.length ?? 0);
  if (rest > 1) await removeReplaced(files, directory, newest);
}

/** Removes values that were written by processes which have ended before giving them a name. */
async function sweepStaging({ files, staging }: Place): Promise<void> {
  for (const { name } of await unlessMissing(files.readDirectory(staging)) ?? []) {
    const path = join(staging, name);
    let swept = path;
    if (STAGED.test(name)) {
      if (!await isAbandoned(files, path, STAGED_ABANDONED_AFTER_MS)) continue;
      // Renamed first: should its process still be there, it finds all of it or nothing.
      swept = join(staging, `x-${name.slice(2)}`);
      await unlessMissing(files.rename(path, swept));
    } else if (!SWEPT.test(name)) {
      continue;
    }
    await files.removeTree(swept);
  }
}

function ignore(): void {}
