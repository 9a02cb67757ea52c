import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileStore } from "../../src/store/file_store.ts";
import { type StoreKind, testClock } from "./store_case.ts";

/** A directory that is removed when it is disposed of. */
export async function directories(): Promise<AsyncDisposable & { path: string }> {
  const path = await mkdtemp(join(tmpdir(), "globus-store-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** The kind of store that is in files; each is in a directory of its own. */
export async function fileStores(
  { durable = false }: { durable?: boolean } = {},
): Promise<StoreKind & AsyncDisposable> {
  const made = await directories();
  const clock = testClock();
  let opened = 0;
  return {
    name: "fileStore",
    clock,
    open() {
      const path = join(made.path, `${opened++}`);
      const reopen = () => Promise.resolve(fileStore(path, { clock, durable }));
      return Promise.resolve({
        store: fileStore(path, { clock, durable }),
        reopen,
        close: () => rm(path, { recursive: true, force: true }),
      });
    },
    [Symbol.asyncDispose]: made[Symbol.asyncDispose],
  };
}

/** All paths below a directory. */
export async function tree(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true, recursive: true });
  return entries.map((entry) => relative(directory, join(entry.parentPath, entry.name))).sort();
}
