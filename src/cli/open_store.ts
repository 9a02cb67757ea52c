import { createHash } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { memoryStore, type Store } from "../../mod.ts";
import { makeUserDirectory, userDirectory } from "../login/user_directory.ts";
import { fileStore } from "../store/file_store.ts";
import type { CliContext } from "./cli_context.ts";
import { reasonOf } from "./function_file.ts";
import { UsageError } from "./usage_error.ts";

/** The directory below that of Globus Compute where results, functions and batches are kept. */
const DIRECTORY = "edge-compute-globus";
/** The one where results of batches are that run, until they are in the store. */
const LOGS = "edge-compute-globus-logs";

/**
 * The file for the results of a batch that runs, by the key of the batch. Its directory is made.
 *
 * @throws {UsageError} If it cannot be.
 */
export async function logOfBatch({ env }: CliContext, key: string): Promise<string> {
  const directory = join(userDirectory(undefined, env), LOGS);
  const name = createHash("sha256").update(key).digest("hex");
  await mkdir(directory, { recursive: true, mode: 0o700 }).catch((error) => {
    throw new UsageError(`Cannot make the directory '${directory}': ${reasonOf(error)}`);
  });
  return join(directory, `${name}.jsonl`);
}

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
    await store.put("cli/opened", "", { expiresInMs: 0 });
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
