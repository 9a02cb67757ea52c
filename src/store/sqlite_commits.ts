import { setImmediate } from "node:timers";
import { messageOf } from "../base/narrow.ts";
import { nextTurn } from "./event_loop_turn.ts";
import {
  backOff,
  isDiskFull,
  isLocked,
  lockedTooLong,
  type OpenSqliteFile,
  rollBack,
} from "./sqlite_file.ts";
import type { StoreChange } from "./store.ts";

/** A transaction takes the event loop's time, so it ends about here. */
const MAX_CHANGES_AT_ONCE = 512;
const MAX_UNITS_AT_ONCE = 2 ** 20;

/** To look for what has expired takes as long as a write. */
const CHANGES_PER_SWEEP = 32;

/** One commit that waits. */
interface Commit {
  changes: readonly StoreChange[];
  units: number;
  enteredAtMs: number;
  /** Where it was together with others in a transaction that failed. */
  isAlone: boolean;
  resolve(isMade: boolean): void;
  reject(error: unknown): void;
}

/**
 * Makes commits, those that wait at the same time in one transaction: what costs is that the disk is asked to keep it,
 * once for each transaction.
 *
 * @param reopen Has the next `open` open the file anew.
 * @returns Resolves once the commit is on the disk, and to `false` where something else stands than is expected.
 */
export function createCommits(
  open: () => Promise<OpenSqliteFile>,
  reopen: () => void,
  { clock, lockTimeoutMs }: { clock: { nowMs(): number }; lockTimeoutMs: number },
): (changes: readonly StoreChange[]) => Promise<boolean> {
  const queue: Commit[] = [];
  let isRunning = false;
  /** How many changes were made since expired values were removed. A process may make few: its first commit does it. */
  let unswept = CHANGES_PER_SWEEP;

  async function run(): Promise<void> {
    try {
      const opened = await open();
      const { db } = opened;
      for (let tries = 0; queue.length > 0;) {
        try {
          db.exec("BEGIN IMMEDIATE");
        } catch (error) {
          if (!isLocked(error)) throw error;
          rejectOverdue(error);
          await backOff(tries++);
          continue;
        }
        tries = 0;
        runTogether(opened, takeGroup(queue));
        if (queue.length > 0) await nextTurn();
      }
    } catch (error) {
      for (const commit of queue.splice(0)) commit.reject(error);
    }
    isRunning = false;
  }

  function rejectOverdue(cause: unknown): void {
    const limitMs = performance.now() - lockTimeoutMs;
    while (queue[0] && queue[0].enteredAtMs < limitMs) {
      queue.shift()?.reject(lockedTooLong(lockTimeoutMs, cause));
    }
  }

  /** In a transaction that is open. */
  function runTogether({ db, statements, isInPlace }: OpenSqliteFile, group: Commit[]): void {
    let made: boolean[];
    try {
      const nowMs = clock.nowMs(); // Whatever the user's clock does, the transaction comes to its end.
      made = group.map(({ changes }) => statements.apply(changes, nowMs));
      unswept += group.reduce((sum, { changes }) => sum + changes.length, 0);
      if (unswept >= CHANGES_PER_SWEEP) {
        // Twice as much as was written, so that it comes to an end.
        statements.sweep(nowMs, 2 * unswept);
        unswept = 0;
      }
    } catch (error) {
      rollBack(db);
      return failed(group, error);
    }
    try {
      db.exec("COMMIT");
    } catch (error) {
      rollBack(db);
      // What ends a transaction is written last: where there was no room for it, it was not made.
      if (isDiskFull(error)) return failed(group, error);
      const doubt = new Error(
        `${messageOf(error)}; the commit may have been made: read before you go on`,
        { cause: error },
      );
      for (const commit of group) commit.reject(doubt);
      return;
    }
    if (!isInPlace()) {
      reopen();
      db.close();
      queue.unshift(...group); // Rejected with all that wait.
      throw new Error(
        "it was removed or replaced while it was open, and what was written may be lost with it",
      );
    }
    group.forEach((commit, i) => commit.resolve(made[i] as boolean));
  }

  /** None was made. One of them may be the reason, so each is tried by itself. */
  function failed(group: Commit[], error: unknown): void {
    if (group.length === 1) return group[0]?.reject(error);
    for (const commit of group) commit.isAlone = true;
    queue.unshift(...group);
  }

  return (changes) =>
    new Promise((resolve, reject) => {
      const enteredAtMs = performance.now();
      queue.push({ changes, units: unitsOf(changes), enteredAtMs, isAlone: false, resolve, reject });
      if (isRunning) return;
      isRunning = true;
      // All that is asked for before the event loop goes on is one group.
      setImmediate(run);
    });
}

/** The first ones, at least one: as many as a transaction should have. */
function takeGroup(queue: Commit[]): Commit[] {
  let count = 0;
  for (let changes = 0, units = 0; count < queue.length; count++) {
    const commit = queue[count] as Commit;
    changes += commit.changes.length;
    units += commit.units;
    const isFull = changes > MAX_CHANGES_AT_ONCE || units > MAX_UNITS_AT_ONCE || commit.isAlone;
    if (count > 0 && isFull) break;
    if (commit.isAlone) return queue.splice(0, 1);
  }
  return queue.splice(0, count);
}

function unitsOf(changes: readonly StoreChange[]): number {
  return changes.reduce(
    (sum, { value, expected }) => sum + (value?.length ?? 0) + (expected?.length ?? 0),
    0,
  );
}
