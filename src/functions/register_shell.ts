import { checkKeys } from "../base/check.ts";
import type { CallOptions } from "../http/call_options.ts";
import { type Client, contextOf } from "../http/client.ts";
import { postFunction, REGISTRATION_KEYS, type RegistrationOptions } from "./post_function.ts";

/** A command line, and what the service is told about it. */
export interface ShellRegistration extends RegistrationOptions {
  /**
   * What `/bin/bash` runs. It is a format string of Python: `{name}` is replaced by the keyword argument of
   * that name, and a brace of the shell's own is doubled (`${{HOME}}`). Arguments are put in as they are:
   * quote what others can choose.
   */
  command: string;
  /**
   * After how many seconds the command is given up, with return code 124.
   * @default {it may take as long as the task}
   */
  walltimeSeconds?: number;
  /**
   * How many lines of stdout and stderr are kept, from their ends.
   * @default {1000}
   */
  snippetLines?: number;
  /**
   * A file on the cluster that gets stdout, at its end.
   * @default {a temporary one}
   */
  stdoutFile?: string;
  /**
   * A file on the cluster that gets stderr, at its end.
   * @default {a temporary one}
   */
  stderrFile?: string;
  /**
   * Whether it is an MPI program: the endpoint's launcher goes before it, for the nodes and ranks of the
   * submission's `resourceSpecification`. Only endpoints with an MPI engine run it.
   * @default {false}
   */
  mpi?: boolean;
  /**
   * The function's name, for people.
   * @default {"shell"}
   */
  name?: string;
}

/**
 * Registers a command line as a function: `ShellFunction` and `MPIFunction` of the Python SDK, without
 * Python.
 *
 * It is called as any function, with keyword arguments alone, and {@linkcode shellResult} reads what it
 * returns. The task succeeds whatever the command's return code is. Endpoints older than 4.0 cannot run it.
 *
 * @example A program on the cluster
 * ```ts
 * import { callFunction, type Client, registerShell, shellResult } from "@edge-compute/globus";
 *
 * export async function simulate(client: Client, endpointId: string): Promise<string> {
 *   const functionId = await registerShell(client, { command: "lmp -in {input}", walltimeSeconds: 3600 });
 *   const { returnCode, stdout, stderr } = shellResult(
 *     await callFunction(client, { endpointId, functionId, kwargs: { input: "in.lj" } }),
 *   );
 *   if (returnCode !== 0) throw new Error(`lmp ended with ${returnCode}: ${stderr}`);
 *   return stdout;
 * }
 * ```
 *
 * @example An MPI program on two nodes
 * ```ts
 * import { type Client, registerShell, runTask } from "@edge-compute/globus";
 *
 * export async function start(client: Client, endpointId: string): Promise<string> {
 *   const functionId = await registerShell(client, { command: "./solver", mpi: true });
 *   const resourceSpecification = { numNodes: 2, ranksPerNode: 4 };
 *   return await runTask(client, { endpointId, functionId, resourceSpecification });
 * }
 * ```
 *
 * @returns The function's id.
 * @throws {TypeError} If the command, a file or the name is no string or empty, or `haEndpointId` stands
 * beside `group` or `public`.
 * @throws {RangeError} If `walltimeSeconds` or `snippetLines` is not positive, or an id is no UUID.
 * @throws {ComputeEncodeError} If the command has half of a surrogate pair.
 * @throws {ComputeHttpError} If the service refuses the function.
 * @see Route `POST /v3/functions`.
 */
export async function registerShell(
  client: Client,
  registration: ShellRegistration,
  options: CallOptions = {},
): Promise<string> {
  const context = contextOf(client);
  const keys = `${REGISTRATION_KEYS} command walltimeSeconds snippetLines stdoutFile stderrFile mpi`;
  checkKeys(registration, "registerShell()", keys, "command");
  const { name = "shell" } = registration;
  const { encodeFunctionCode, SHELL_ENTRY, shellSource, SOURCE_STRATEGIES } = await import(
    "../wire/function_registration.ts"
  );
  const code = encodeFunctionCode(SHELL_ENTRY, shellSource(registration));
  if (typeof name !== "string" || name === "") {
    throw new TypeError("Cannot use 'name': it must be a string that is not empty");
  }
  return await postFunction(
    context,
    { ...registration, name, code, serdeIdentifier: SOURCE_STRATEGIES.source },
    options,
  );
}
