import { type CliContext, createCliContext, type OutputOptions } from "./cli_context.ts";
import type { CliIo } from "./cli_io.ts";
import { EXIT } from "./exit_codes.ts";
import { parseArguments } from "./parse_arguments.ts";
import { processIo } from "./process_io.ts";
import type { CommandValues } from "./program.ts";
import { reportError } from "./report_error.ts";
import { UsageError } from "./usage_error.ts";

/**
 * Runs a command, as a shell would. It neither ends the process nor touches anything of it but what `io` has, and the
 * files that the command is about.
 *
 * @example A command of one's own program
 * ```ts
 * import { main } from "@edge-compute/globus/cli";
 *
 * export function listEndpoints(): Promise<number> {
 *   return main(["endpoints", "--all"]);
 * }
 * ```
 *
 * @param args What stands behind the name of the program.
 * @param io Streams, environment and signal: those of the process, unless others are given.
 * @returns What the program is to end with: 0 where all is well; the module's documentation has the others. It never
 * rejects for what a command came to.
 */
export async function main(args: readonly string[], io: CliIo = processIo()): Promise<number> {
  const context = createCliContext(io, outputOf(args));
  try {
    const parsed = parseArguments(args.length === 0 ? ["--help"] : args, io);
    if (parsed.state === "shown") return args.length === 0 ? EXIT.usage : EXIT.ok;
    if (parsed.state === "wrong") {
      throw new UsageError(`${parsed.problem}; '${context.command} --help' tells more`);
    }
    return await run(context, parsed.values);
  } catch (error) {
    return reportError(context, error);
  }
}

/** How to tell what comes of arguments, right ones and wrong ones alike. */
function outputOf(args: readonly string[]): OutputOptions {
  return { json: args.includes("--json"), quiet: args.includes("--quiet") || args.includes("-q") };
}

/** Each command is loaded when it is run alone: a shell that completes a word waits for none of them. */
async function run(context: CliContext, values: CommandValues): Promise<number> {
  switch (values.kind) {
    case "login":
      return await (await import("./commands/login.ts")).login(context, values);
    case "logout":
      return await (await import("./commands/logout.ts")).logout(context, values);
    case "whoami":
      return await (await import("./commands/whoami.ts")).whoami(context, values);
    case "endpoints":
      return await (await import("./commands/endpoints.ts")).endpoints(context, values);
    case "run":
      return await (await import("./commands/run.ts")).run(context, values);
    case "batch":
      return await (await import("./commands/batch.ts")).batch(context, values);
    case "status":
      return await (await import("./commands/status.ts")).status(context, values);
    case "local":
      return await (await import("./commands/local.ts")).local(context, values);
    case "generate":
      return await (await import("./commands/generate.ts")).generate(context, values);
  }
}
