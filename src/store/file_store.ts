/**
 * A store in a directory, for Deno, Node and Bun.
 *
 * ## Values that survive the process
 *
 * ```ts
 * import { fileStore } from "@edge-compute/globus/file-store";
 *
 * export async function main(): Promise<void> {
 *   const store = fileStore("./results");
 *   await store.put("greeting", "hello");
 *   for await (const key of store.list("")) console.log(key, await store.get(key));
 * }
 * ```
 *
 * As the `store` of a client it keeps raw results, registered functions and calls with a key; as that of a handler of
 * `./edge`, deliveries and batches.
 *
 * ## What is in the directory
 *
 * ```text
 * v2/g-results%2f/3/k-results%2f42/8a5e…01-7   the value of the key "results/42": a line of JSON ({ bytes,
 *                                              expiresAtMs?, encoding?, key }), a line feed, then the value as it is
 * v2/g-/9/h-9c02…/8a5e…01-1                    the same for a key too long for a name: the hash of it, the key is in
 *                                              the line
 * v2/staging/s-…                               values that are being written, or were when their process was killed
 * ```
 *
 * A key has a directory, called after it: `a` to `z`, digits, `-` and `_` stand for themselves, `%2f` and `%u20ac` for
 * other UTF-16 units. It is in that of its group, the key's first two words with the slash after each, as far as there
 * are any, so that keys which begin so are listed without a look at others; `3` is the start of the key's SHA-256. In
 * there the file with the highest number after the last `-` is the value, an empty directory with the highest number
 * means that it is deleted, and `t-…` and `d-…` belong to those who are writing. Old versions, and what processes left
 * that were killed, are removed with later writes. Everything may be copied and removed by hand while no process uses
 * the store.
 *
 * @module
 */
import { checkKeys } from "../base/check.ts";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { createFileStore } from "./create_file_store.ts";
import { systemFiles } from "./file_system.ts";
import { fromOld } from "./from_old.ts";
import type { Store } from "./store.ts";

export type { Store, StoreChange, StoreListOptions } from "./store.ts";

/** What {@linkcode fileStore} takes beside the directory. */
export interface FileStoreOptions {
  /**
   * Whether a write resolves only once it is on the disk, and so outlasts a loss of power. Without it a write
   * outlasts the end of the process, however that ends, and takes a fraction of the time. A value that a loss of power
   * has damaged is an error when it is read, never another value.
   *
   * @default {false}
   */
  durable?: boolean;
  /**
   * Tells the time.
   * @default {the runtime's}
   */
  clock?: { nowMs(): number };
}

/**
 * A store in a directory of this machine, which any number of processes may share, on Deno, Node and Bun at the same
 * time. Each write happens as a whole or not at all, whenever its process is killed, and a process that is killed
 * or stopped holds up no other one: there are no locks.
 *
 * The directory is made with the first write. What the store makes in it is readable by its owner alone.
 *
 * The file system has to have hard links: those of Linux, macOS and Windows have, FAT has not. A directory on the
 * network, shared by several machines, is not safe: NFS may say that a link failed which was made. On Windows, which
 * is not tested, a write may be refused (`EPERM`) while somebody else writes or reads the same key.
 *
 * @example Shared by all processes of a portal
 * ```ts
 * import { fileStore } from "@edge-compute/globus/file-store";
 *
 * const store = fileStore(new URL("./state/", import.meta.url), { durable: true });
 * ```
 *
 * @param directory Where the values are, a path or a `file:` URL.
 * @param options Durability and clock.
 * @throws {TypeError} If `directory` is empty or no `file:` URL. One that cannot be made, read or written is told by
 * the calls of the store.
 */
export function fileStore(directory: string | URL, options: FileStoreOptions = {}): Store {
  if (directory === "") throw new TypeError("Cannot make a file store as 'directory' is empty");
  if (directory === undefined) throw new TypeError("Cannot use fileStore() without 'directory'");
  checkKeys(options, "fileStore()", "durable clock");
  const { durable = false, clock = { nowMs: () => Date.now() } } = options;
  return fromOld(createFileStore({
    directory: resolve(typeof directory === "string" ? directory : fileURLToPath(directory)),
    clock,
    isDurable: durable,
    files: systemFiles,
  }));
}
