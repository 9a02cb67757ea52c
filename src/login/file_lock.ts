import { readFile, rename, stat } from "node:fs/promises";
import { ComputeAuthorizationError } from "../errors/authorization_error.ts";
import { systemClock } from "../http/clock.ts";
import { isMissing, isTaken, systemFiles } from "../store/file_system.ts";

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
export async function withFileLock<T>(path: string, work: (lock: HeldLock) => Promise<T>): Promise<T> {
  const id = crypto.randomUUID();
  await acquire(path, id);
  const isHeld = async () => await holderOf(path) === id;
  try {
    return await work({ isHeld });
  } finally {
    if (await isHeld()) await systemFiles.removeFile(path).catch(() => {});
  }
}

async function acquire(path: string, id: string): Promise<void> {
  for (let waitedMs = 0; waitedMs < MAX_WAIT_MS; waitedMs += POLL_MS) {
    try {
      return await systemFiles.writeNew(path, new TextEncoder().encode(id), { isDurable: false });
    } catch (error) {
      if (!isTaken(error)) throw error;
    }
    await removeIfStale(path);
    await systemClock.sleep(POLL_MS);
  }
  throw new ComputeAuthorizationError(
    `Cannot change the logins: another process has held '${path}' for ${
      MAX_WAIT_MS / 1000
    } s; remove that file if there is no such process`,
  );
}

/** Takes away the lock of a process that was killed, and no other one that is there by then. */
async function removeIfStale(path: string): Promise<void> {
  const holder = await holderOf(path);
  const isStale = await stat(path).then(
    ({ mtimeMs }) => Date.now() - mtimeMs > STALE_AFTER_MS,
    () => false, // It is gone.
  );
  if (!isStale) return;
  const taken = `${path}-${crypto.randomUUID()}`;
  try {
    await rename(path, taken);
    if (await holderOf(taken) !== holder) await systemFiles.link(taken, path);
  } catch (error) {
    if (!isMissing(error) && !isTaken(error)) throw error;
  } finally {
    await systemFiles.removeFile(taken).catch(() => {});
  }
}

function holderOf(path: string): Promise<string | undefined> {
  return readFile(path, "utf8").catch(() => undefined);
}
