import { join } from "node:path";
import { memoryStore, type Store } from "../../mod.ts";
import { makeUserDirectory, userDirectory } from "../login/user_directory.ts";
import { fileStore } from "../store/file_store.ts";
import type { CliContext } from "./cli_context.ts";
import { UsageError } from "./usage_error.ts";

/** The directory below that of Globus Compute where results, functions and batches are kept. */
const DIRECTORY = "edge-compute-globus";

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
    const store = fileStore(join(directory, DIRECTORY));
    await store.commit([{ key: "cli/opened", value: null }]);
    return store;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const problem =
      `Cannot keep results in the directory '${directory}' (${reason}): set GLOBUS_COMPUTE_USER_DIR to another one`;
    if (isNeeded) throw new UsageError(problem);
    context.say(problem);
    return memoryStore();
  }
}
