import { dirname, join } from "node:path";
import type { Place } from "./file_layout.ts";
import { codeOf, isMissing, isTaken } from "./file_system.ts";
import {
  listVersions,
  MAX_ATTEMPTS,
  newestVersion,
  removeReplaced,
  removeTemporary,
  unlessMissing,
  unsettled,
  type Version,
} from "./file_versions.ts";

/** What to write over a key's newest version, and whether. */
export interface Change {
  /** The file; `undefined` for a tombstone. */
  content: Uint8Array | undefined;
  /**
   * Whether to write over this version, `undefined` for none. The version may be gone by the time it is read:
   * `"look again"` then.
   */
  judge(newest: Version | undefined): Promise<Verdict>;
}

/** What becomes of a change. */
export type Verdict = "write" | "refuse" | "look again";

/** Writes the change as the key's next version; returns whether it was not refused. */
export async function commit(place: Place, directory: string, change: Change): Promise<boolean> {
  const { files } = place;
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const seen = await newestVersion(files, directory);
    const verdict = await change.judge(seen?.isTombstone ? undefined : seen);
    if (verdict === "refuse") return false;
    if (verdict === "look again") continue;
    if (seen === undefined) {
      if (await create(place, directory, change.content)) return true;
    } else if (seen.isTombstone) {
      await removeReplaced(files, directory, seen);
    } else {
      const outcome = await replace(place, directory, seen, change);
      if (outcome !== undefined) return outcome;
    }
  }
  throw unsettled(directory);
}

/** Makes the key's directory with its first version in it; returns whether nobody else did so before. */
async function create(place: Place, directory: string, content: Uint8Array | undefined): Promise<boolean> {
  const { files, staging, isDurable } = place;
  if (content === undefined) throw new TypeError("Cannot write a tombstone where nothing is");
  const staged = join(staging, `s-${newId()}`);
  const version = join(staged, `${newId()}-1`);
  await makeIn(place, staging, () => files.makeDirectory(staged));
  try {
    await files.writeNew(version, content, { isDurable });
    if (isDurable) await files.syncDirectory(staged);
    const isDone = await makeIn(place, dirname(directory), async () => {
      await files.rename(staged, directory);
      return true;
    });
    if (isDone && isDurable) await files.syncDirectory(dirname(directory));
    return true;
  } catch (error) {
    await removeQuietly(files.removeFile(version));
    await removeQuietly(files.removeDirectory(staged));
    // Somebody was first, or what was staged is swept. Systems differ in how they refuse to rename a directory.
    if (isTaken(error) || isMissing(error)) return false;
    if (await listVersions(files, directory).catch(() => undefined)) return false;
    throw error;
  }
}

/** Writes over `seen`; `undefined` where all has to begin again. */
async function replace(
  place: Place,
  directory: string,
  seen: Version,
  change: Change,
): Promise<boolean | undefined> {
  const { files } = place;
  const temporary = await register(place, directory, change.content);
  if (temporary === undefined) return undefined;
  let outcome: Version | "refused" | "begin again";
  try {
    outcome = await giveNextName(place, directory, { seen, temporary, change });
  } finally {
    await removeQuietly(removeTemporary(files, directory, temporary));
  }
  if (typeof outcome === "string") return outcome === "refused" ? false : undefined;
  if (place.isDurable) await files.syncDirectory(directory);
  // It is written, whether the old versions can be removed or not; who writes next tries again.
  await removeQuietly(removeReplaced(files, directory, outcome));
  return true;
}

/** Puts a temporary file into the key's directory; `undefined` where that or the file is gone. */
async function register(
  place: Place,
  directory: string,
  content: Uint8Array | undefined,
): Promise<string | undefined> {
  const { files, staging, isDurable } = place;
  const id = newId();
  if (content === undefined) {
    const name = `d-${id}`;
    const isMade = await unlessMissing(files.makeDirectory(join(directory, name)).then(() => true));
    return isMade ? name : undefined;
  }
  // Written elsewhere, so that it is in the others' way for the shortest time.
  const staged = join(staging, `s-${id}`);
  const name = `t-${id}`;
  try {
    await makeIn(place, staging, () => files.writeNew(staged, content, { isDurable }));
    await files.rename(staged, join(directory, name));
    return name;
  } catch (error) {
    await removeQuietly(files.removeFile(staged));
    if (isMissing(error)) return undefined;
    throw error;
  }
}

async function giveNextName(
  { files }: Place,
  directory: string,
  { seen, temporary, change }: { seen: Version; temporary: string; change: Change },
): Promise<Version | "refused" | "begin again"> {
  let judged = seen.name;
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const newest = (await listVersions(files, directory))?.newest;
    if (newest === undefined || newest.isTombstone) return "begin again";
    if (newest.name !== judged) {
      const verdict = await change.judge(newest);
      if (verdict !== "write") return verdict === "refuse" ? "refused" : "begin again";
      judged = newest.name;
    }
    const number = newest.number + 1;
    const name = `${newest.incarnation}-${number}`;
    const isTombstone = change.content === undefined;
    try {
      const give = isTombstone ? files.rename : files.link;
      await give(join(directory, temporary), join(directory, name));
      return { name, incarnation: newest.incarnation, number, isTombstone };
    } catch (error) {
      if (isMissing(error)) return "begin again";
      const isFile = isTombstone && codeOf(error) === "ENOTDIR";
      if (!isTaken(error) && !isFile) throw error;
    }
  }
  throw unsettled(directory);
}

/** Does what needs the directory, and makes that first where it is missing. */
async function makeIn<T>(place: Place, directory: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  await makeDirectories(place, directory);
  return await work();
}

/** As `mkdir` with `recursive`, which never returns in Node where it cannot make a directory below `/proc`. */
async function makeDirectories(place: Place, directory: string): Promise<void> {
  const { files, isDurable } = place;
  const parent = dirname(directory);
  const make = () =>
    files.makeDirectory(directory).catch((error) => {
      if (!isTaken(error)) throw error;
    });
  try {
    await make();
  } catch (error) {
    if (!isMissing(error) || parent === directory) throw error;
    await makeDirectories(place, parent);
    await make();
  }
  if (isDurable) await files.syncDirectory(parent);
}

/** The file may be gone, and the error that brought us here is the one to tell. */
function removeQuietly(removal: Promise<void>): Promise<void> {
  return removal.catch(() => {});
}

function newId(): string {
  return crypto.randomUUID().replaceAll("-", "");
}
