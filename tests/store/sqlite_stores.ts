import { rm } from "node:fs/promises";
import { join } from "node:path";
import { type SqliteStore, sqliteStore } from "../../src/store/sqlite_store.ts";
import { directories } from "../support/directories.ts";
import { type StoreKind, testClock } from "./store_case.ts";

/** The kind of store that is in SQLite; each is in a file of its own. */
export async function sqliteStores(): Promise<StoreKind & AsyncDisposable> {
  const made = await directories();
  const clock = testClock();
  let count = 0;
  return {
    name: "sqliteStore",
    clock,
    open() {
      const path = join(made.path, `${count++}.sqlite`);
      const opened: SqliteStore[] = [];
      const open = () => {
        const store = sqliteStore(path, { clock });
        opened.push(store);
        return store;
      };
      return Promise.resolve({
        store: open(),
        reopen: () => Promise.resolve(open()),
        async close() {
          await Promise.all(opened.map((store) => store.close()));
          for (const end of ["", "-wal", "-shm"]) await rm(path + end, { force: true });
        },
      });
    },
    [Symbol.asyncDispose]: made[Symbol.asyncDispose],
  };
}
