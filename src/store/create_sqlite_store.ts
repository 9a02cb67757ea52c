import { checkedStore } from "./checked_store.ts";
import { createTurn } from "./event_loop_turn.ts";
import { createCommits } from "./sqlite_commits.ts";
import {
  describe,
  type OpenSqliteFile,
  openSqliteFile,
  type SqliteFileOptions,
  untilUnlocked,
} from "./sqlite_file.ts";
import type { SqliteStatements } from "./sqlite_statements.ts";
import type { Store } from "./store.ts";

/** A store in a SQLite file, which can be closed. */
export interface SqliteStore extends Store {
  /**
   * Closes the file once all calls have ended that were made before. Later calls reject. Without it the file is closed
   * with the process, and nothing is lost.
   */
  close(): Promise<void>;
  /** As {@linkcode SqliteStore.close}. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** What a store is made of. */
export interface SqliteStoreParts extends SqliteFileOptions {
  clock: { nowMs(): number };
}

/** Makes a store on a file system that is given. */
export function createSqliteStore(parts: SqliteStoreParts): SqliteStore {
  const { path, clock } = parts;
  let opening: Promise<OpenSqliteFile> | undefined;
  let closing: Promise<void> | undefined;
  let callsUnderWay = 0;
  let onIdle = () => {};
  const turn = createTurn();

  function open(): Promise<OpenSqliteFile> {
    return opening ??= openSqliteFile(parts).catch((error) => {
      opening = undefined; // What was in the way may be gone at the next call.
      throw error;
    });
  }

  /** Runs what `action` names; what is wrong with the file is said with its path. */
  async function call<T>(action: string, work: () => Promise<T>): Promise<T> {
    if (closing) throw new Error(`Cannot ${action} the SQLite file '${path}': the store is closed`);
    callsUnderWay++;
    try {
      return await work();
    } catch (cause) {
      throw new Error(`Cannot ${action} the SQLite file '${path}': ${describe(cause)}`, { cause });
    } finally {
      if (--callsUnderWay === 0) onIdle();
    }
  }

  const read = <T>(work: (statements: SqliteStatements, nowMs: number) => T): Promise<T> =>
    call("read from", async () => {
      const { statements } = await open();
      await turn.mayRun();
      return await untilUnlocked(() => work(statements, clock.nowMs()), parts.lockTimeoutMs);
    });

  const commit = createCommits(open, () => opening = undefined, parts);

  const close = () =>
    closing ??= (async () => {
      if (callsUnderWay > 0) await new Promise<void>((resolve) => onIdle = resolve);
      const opened = await opening?.catch(() => undefined);
      opened?.db.close();
    })();

  return {
    ...checkedStore({
      get: (key) => read((statements, nowMs) => statements.get(key, nowMs)),
      getMany: (keys) => read((statements, nowMs) => statements.getMany(keys, nowMs)),
      list: (prefix, { after = "", limit = 1 } = {}) =>
        read((statements, nowMs) => statements.list(prefix, after, limit, nowMs)),
      commit: (changes) => call("write to", () => commit(changes)),
    }),
    close,
    [Symbol.asyncDispose]: close,
  };
}
