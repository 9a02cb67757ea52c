import { messageOf } from "../base/narrow.ts";
import { join } from "node:path";
import { memoryStore, type Store } from "../../mod.ts";
import { makeUserDirectory, userDirectory } from "../login/user_directory.ts";
import { sqliteStore } from "../store/sqlite_store.ts";
import type { CliContext } from "./cli_context.ts";
import { UsageError } from "./usage_error.ts";

/** In the directory of Globus Compute: results, functions and batches. */
const FILE_NAME = "edge-compute-globus.sqlite";

/**
 * The store of this machine's user. Where it cannot be, what a command leaves there is lost with it, and that is said.
 * Where it fails later, that is a matter of the user's disk, and no fault of the program: its calls reject with a
 * {@linkcode UsageError}.
 *
 * @param isNeeded Whether the command can do without.
 * @throws {UsageError} If it is needed and cannot be.
 */
export async function openStore(
  context: Pick<CliContext, "env" | "say">,
  isNeeded: boolean,
): Promise<Store> {
  const directory = userDirectory(undefined, context.env);
  try {
    await makeUserDirectory(directory, "results");
    const store = usersStore(sqliteStore(join(directory, FILE_NAME)));
    await store.commit([{ key: "cli/opened", value: null }]);
    return store;
  } catch (error) {
    const problem = error instanceof UsageError
      ? `${error.message}; to keep results elsewhere, set GLOBUS_COMPUTE_USER_DIR to another directory`
      : messageOf(error);
    if (isNeeded) throw new UsageError(problem, { cause: error });
    context.say(problem);
    return memoryStore();
  }
}

function usersStore(store: Store): Store {
  const told = <T>(call: Promise<T>): Promise<T> =>
    call.catch((error) => {
      throw new UsageError(messageOf(error), { cause: error });
    });
  return {
    get: (key) => told(store.get(key)),
    getMany: (keys) => told(store.getMany(keys)),
    list: (prefix, options) => told(store.list(prefix, options)),
    commit: (changes) => told(store.commit(changes)),
  };
}
