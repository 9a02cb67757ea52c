import { messageOf } from "../base/narrow.ts";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import process from "node:process";
import { mkdir, stat } from "node:fs/promises";
import { ComputeAuthorizationError } from "../errors/authorization_error.ts";
import { isMissing, isTaken } from "../base/system_error.ts";

/** The variables that say where a person's logins are. */
export interface LoginVariables {
  /**
   * The directory of Globus Compute.
   * @default {"~/.globus_compute"}
   */
  GLOBUS_COMPUTE_USER_DIR?: string | undefined;
}

/** The directory where the Python SDK keeps its own logins too. */
export function userDirectory(userDir: string | undefined, env: LoginVariables | undefined): string {
  const { GLOBUS_COMPUTE_USER_DIR } = env ?? process.env;
  return resolve(userDir || GLOBUS_COMPUTE_USER_DIR || join(homedir(), ".globus_compute"));
}

/**
 * Makes the directory, for its owner alone, where it is not there.
 *
 * @param what Is to be kept in it, for the message.
 * @throws {ComputeAuthorizationError} If that cannot be, with the directory and the variable that moves it.
 */
export async function makeUserDirectory(directory: string, what = "a login"): Promise<void> {
  let problem: string;
  try {
    await makeDirectories(directory);
    if ((await stat(directory)).isDirectory()) return;
    problem = "it is a file";
  } catch (error) {
    problem = messageOf(error);
  }
  throw new ComputeAuthorizationError(
    `Cannot keep ${what} in the directory '${directory}': ${problem}; set GLOBUS_COMPUTE_USER_DIR to another one`,
  );
}

/** As `mkdir` with `recursive`, which never returns in Node where it cannot make a directory below `/proc`. */
async function makeDirectories(directory: string): Promise<void> {
  const make = () =>
    mkdir(directory, { mode: 0o700 }).catch((error) => {
      if (!isTaken(error)) throw error;
    });
  try {
    await make();
  } catch (error) {
    if (!isMissing(error) || dirname(directory) === directory) throw error;
    await makeDirectories(dirname(directory));
    await make();
  }
}
