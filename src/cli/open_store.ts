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
 *
 * @param isNeeded Whether the command can do without.
 * @throws {UsageError} If it is needed and cannot be.
 */
export async function openStore(context: CliContext, isNeeded: boolean): Promise<Store> {
  const directory = userDirectory(undefined, context.env);
  try {
    await makeUserDirectory(directory);
    const store = sqliteStore(join(directory, FILE_NAME));
    await store.commit([{ key: "cli/opened", value: null }]);
    return store;
  } catch (error) {
    const reason = messageOf(error);
    const problem =
      `Cannot keep results in the directory '${directory}' (${reason}): set GLOBUS_COMPUTE_USER_DIR to another one`;
    if (isNeeded) throw new UsageError(problem);
    context.say(problem);
    return memoryStore();
  }
}
