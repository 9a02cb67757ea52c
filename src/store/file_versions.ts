/**
 * The versions of one key: files in the key's directory of which the newest one is its value.
 *
 * A version is called `<incarnation>-<number>`. It is complete when it gets its name, never changes, and its name is
 * never given again: who finds `n` and gives the name `n + 1` to a file has replaced exactly what was found, as the
 * file system refuses a name that is taken. That holds while no `n + 1` is removed behind the back of somebody who
 * has seen `n`, hence these rules:
 *
 * - Who is about to give a name first has a temporary file in the same directory, looks then, and names that very
 *   file. Whoever removes the temporary file revokes it: the name cannot be given any more.
 * - Versions are removed by who has looked after the version that replaces them was there, has revoked each
 *   temporary file that was seen, and goes from the oldest to the newest. A process that wrote its temporary file
 *   later also looks later, and sees what replaces them.
 * - The newest version is removed only if it is a tombstone (a directory in place of a file), which nobody replaces.
 *   Once it is gone the directory is removed as well, and the next one has another incarnation: what is left of the
 *   old one cannot be taken for a part of the new one.
 *
 * No rule speaks of time or of processes: one that is killed or sleeps at any point holds up nobody.
 *
 * @module
 */
import { join } from "node:path";
import { decodeHeader, decodeRecord, type FileHeader } from "./file_record.ts";
import { type FileSystem, isMissing, isTaken } from "./file_system.ts";

/** A file or tombstone in a key's directory. */
export interface Version {
  name: string;
  incarnation: string;
  number: number;
  isTombstone: boolean;
}

/** What is in a key's directory. */
export interface Listing {
  newest: Version | undefined;
  versions: readonly Version[];
  /** The names of the temporary files. */
  temporaries: readonly string[];
}

/** Each one is somebody else's success or a crash's remains: so many in a row are something else. */
export const MAX_ATTEMPTS = 10_000;
/** From here on old versions are removed at the cost of those who are writing, who then begin again. */
const MAX_VERSIONS = 16;
/** Writing takes less between the temporary file and its removal, or a process has ended in between. */
const ABANDONED_AFTER_MS = 60_000;

const VERSION_NAME = /^([0-9a-f]{32})-(\d+)$/;
const TEMPORARY_FILE = /^t-/;
const TEMPORARY_DIRECTORY = /^d-/;
const HEADER_BYTES = 1024;

/** Lists a key's directory; `undefined` where there is none. */
export async function listVersions(files: FileSystem, directory: string): Promise<Listing | undefined> {
  const versions: Version[] = [];
  const temporaries: string[] = [];
  try {
    for (const { name, isDirectory } of await files.readDirectory(directory)) {
      const [, incarnation, number] = VERSION_NAME.exec(name) ?? [];
      if (incarnation !== undefined) {
        versions.push({ name, incarnation, number: Number(number), isTombstone: isDirectory });
      } else if (TEMPORARY_FILE.test(name) || TEMPORARY_DIRECTORY.test(name)) {
        temporaries.push(name);
      }
    }
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
  versions.sort((a, b) => a.number - b.number);
  return { newest: versions.at(-1), versions, temporaries };
}

/** The newest version, which may be a tombstone; `undefined` where the key has no directory. */
export async function newestVersion(files: FileSystem, directory: string): Promise<Version | undefined> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const listing = await listVersions(files, directory);
    if (listing === undefined) return undefined;
    if (listing.newest !== undefined) return listing.newest;
    // Either its tombstone has just gone, or the versions changed while they were listed. A directory that can be
    // removed had none.
    await revoke(files, directory, listing);
    if (await removeEmpty(files, directory)) return undefined;
  }
  throw unsettled(directory);
}

/**
 * The header and the value of a version; `undefined` where it is not there any more.
 *
 * @throws If the file is damaged.
 */
export async function readVersion(
  files: FileSystem,
  directory: string,
  { name }: Version,
): Promise<{ header: FileHeader; value: string } | undefined> {
  const path = join(directory, name);
  const bytes = await unlessMissing(files.readFile(path));
  if (bytes === undefined) return undefined;
  const record = decodeRecord(bytes);
  if (record === undefined) throw damaged(path);
  return record;
}

/** The header of a version, without its value; as {@linkcode readVersion} otherwise. */
export async function readHeader(
  files: FileSystem,
  directory: string,
  { name }: Version,
): Promise<FileHeader | undefined> {
  const path = join(directory, name);
  const start = await unlessMissing(files.readStart(path, HEADER_BYTES));
  if (start === undefined) return undefined;
  const isLong = start.length === HEADER_BYTES;
  const header = decodeHeader(start) ??
    (isLong ? decodeHeader(await unlessMissing(files.readFile(path)) ?? start) : undefined);
  if (header === undefined) throw damaged(path);
  return header;
}

/**
 * Removes what `floor` has replaced, and if it is a tombstone, that and the directory too. `floor` was there before
 * the call.
 */
export async function removeReplaced(files: FileSystem, directory: string, floor: Version): Promise<void> {
  const listing = await listVersions(files, directory);
  if (listing === undefined) return;
  if (!floor.isTombstone && listing.versions.length <= MAX_VERSIONS) {
    for (const name of listing.temporaries) {
      if (!await isAbandoned(files, join(directory, name), ABANDONED_AFTER_MS)) return;
    }
  }
  await revoke(files, directory, listing);
  for (const version of listing.versions) {
    if (version.incarnation !== floor.incarnation || version.number >= floor.number) continue;
    await unlessMissing(files.removeFile(join(directory, version.name)));
  }
  if (!floor.isTombstone) return;
  // Somebody who came meanwhile may have listed what is removed now, and not the tombstone if it went as well.
  const rest = await listVersions(files, directory);
  if (rest === undefined) return;
  await revoke(files, directory, rest);
  await unlessMissing(files.removeDirectory(join(directory, floor.name)));
  await removeEmpty(files, directory);
}

/** Whether what is there has its last change so long ago, by the clock of the file system, or is not there. */
export async function isAbandoned(files: FileSystem, path: string, ageMs: number): Promise<boolean> {
  const modifiedAtMs = await unlessMissing(files.modifiedAtMs(path));
  return modifiedAtMs === undefined || Date.now() - modifiedAtMs > ageMs;
}

/** Removes a temporary file, of this process or of another one. */
export async function removeTemporary(files: FileSystem, directory: string, name: string): Promise<void> {
  const path = join(directory, name);
  await unlessMissing(TEMPORARY_DIRECTORY.test(name) ? files.removeDirectory(path) : files.removeFile(path));
}

/** What the promise resolves to; `undefined` where a file is missing. */
export async function unlessMissing<T>(promise: Promise<T>): Promise<T | undefined> {
  try {
    return await promise;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** The error of a write that cannot find an end. */
export function unsettled(directory: string): Error {
  return new Error(`Cannot settle the versions in '${directory}': they change each time they are read`);
}

async function revoke(files: FileSystem, directory: string, { temporaries }: Listing): Promise<void> {
  for (const name of temporaries) await removeTemporary(files, directory, name);
}

/** Removes the directory if nothing is in it; returns whether it is gone. */
async function removeEmpty(files: FileSystem, directory: string): Promise<boolean> {
  try {
    await files.removeDirectory(directory);
  } catch (error) {
    if (isTaken(error)) return false;
    if (!isMissing(error)) throw error;
  }
  return true;
}

function damaged(path: string): Error {
  return new Error(`Cannot use '${path}': it is damaged, as after a loss of power`);
}
