import { link, readFile, rename, stat, unlink } from "node:fs/promises";
import { ComputeAuthorizationError } from "../errors/authorization_error.ts";
import { type Clock, systemClock } from "../base/clock.ts";
import { isMissing, isTaken } from "../base/system_error.ts";
import { writeNew } from "./write_new.ts";

/** What a lock protects takes milliseconds: after this time its process was killed. */
const STALE_AFTER_MS = 30_000;
const MAX_WAIT_MS = 40_000;
const POLL_MS = 25;

/** A lock that is held. */
export interface HeldLock {
  /** Whether it still is: a process that was stopped for long may have lost it. */
  isHeld(): Promise<boolean>;
}

/**
 * Does work that one process at a time may do.
 *
 * @throws {ComputeAuthorizationError} If others do it for too long; it names the lock's file.
 */
export async function withFileLock<T>(
  path: string,
  work: (lock: HeldLock) => Promise<T>,
  clock: Clock = systemClock,
): Promise<T> {
  const id = crypto.randomUUID();
  await acquire(path, id, clock);
  const isHeld = async () => await holderOf(path) === id;
  try {
    return await work({ isHeld });
  } finally {
    if (await isHeld()) await unlink(path).catch(() => {});
  }
}

async function acquire(path: string, id: string, clock: Clock): Promise<void> {
  /** Who holds it, and since when that was seen here: the time of day may be set, back as well. */
  let seen: { holder: string | undefined; sinceMs: number } | undefined;
  for (let waitedMs = 0; waitedMs < MAX_WAIT_MS; waitedMs += POLL_MS) {
    try {
      return await writeNew(path, id, { isDurable: false });
    } catch (error) {
      if (!isTaken(error)) throw error;
    }
    const holder = await holderOf(path);
    const nowMs = clock.monotonicMs();
    if (seen?.holder !== holder) seen = { holder, sinceMs: nowMs };
    const isLeft = seen !== undefined && nowMs - seen.sinceMs >= STALE_AFTER_MS;
    await removeIfStale(path, holder, isLeft, clock);
    await clock.sleep(POLL_MS);
  }
  throw new ComputeAuthorizationError(
    `Cannot change the logins: another process has held '${path}' for ${
      MAX_WAIT_MS / 1000
    } s; remove that file if there is no such process`,
  );
}

/** Takes away the lock of a process that was killed, and no other one that is there by then. */
async function removeIfStale(
  path: string,
  holder: string | undefined,
  isLeft: boolean,
  clock: Clock,
): Promise<void> {
  const isStale = await stat(path).then(
    ({ mtimeMs }) => isLeft || clock.nowMs() - mtimeMs > STALE_AFTER_MS,
    () => false, // It is gone.
  );
  if (!isStale) return;
  const taken = `${path}-${crypto.randomUUID()}`;
  try {
    await rename(path, taken);
    if (await holderOf(taken) !== holder) await link(taken, path);
  } catch (error) {
    if (!isMissing(error) && !isTaken(error)) throw error;
  } finally {
    await unlink(taken).catch(() => {});
  }
}

function holderOf(path: string): Promise<string | undefined> {
  return readFile(path, "utf8").catch(() => undefined);
}
