import { checkNumber, MAX_COUNT } from "../base/check.ts";
import { pythonLiteral } from "./python_literal.ts";

/** The name that the source binds: it is told to nobody, so that any name will do for the function. */
export const SHELL_ENTRY = "run";

/** A command line, and how it is run. */
export interface ShellCommand {
  /** For `/bin/bash`, with `{name}` placeholders. */
  command: string;
  /** After so many seconds it is given up. */
  walltimeSeconds?: number | undefined;
  /** How many lines at the end of what it prints are kept. */
  snippetLines?: number | undefined;
  /** Files that get what it prints. */
  stdoutFile?: string | undefined;
  stderrFile?: string | undefined;
  /** Whether the endpoint's MPI launcher goes before it. */
  mpi?: boolean | undefined;
}

/** Ten years: beyond, it is a mistake in the unit. */
const MAX_WALLTIME_SECONDS = 315_360_000;

/**
 * Python source that binds {@linkcode SHELL_ENTRY} to an instance of the SDK's `ShellFunction` or
 * `MPIFunction`, as each worker has it.
 *
 * @throws {TypeError} If a text is none, or empty.
 * @throws {RangeError} If a number is out of its range.
 * @throws {ComputeEncodeError} If a text has half of a surrogate pair.
 */
export function shellSource(options: ShellCommand): string {
  const { walltimeSeconds, snippetLines, stdoutFile, stderrFile, mpi = false } = options;
  checkNumber(walltimeSeconds, "walltimeSeconds", 0.001, MAX_WALLTIME_SECONDS, false);
  checkNumber(snippetLines, "snippetLines", 1, MAX_COUNT);
  const name = mpi ? "MPIFunction" : "ShellFunction";
  const given = [
    textLiteral(options.command, "command"),
    ...(stdoutFile === undefined ? [] : [`stdout=${textLiteral(stdoutFile, "stdoutFile")}`]),
    ...(stderrFile === undefined ? [] : [`stderr=${textLiteral(stderrFile, "stderrFile")}`]),
    ...(walltimeSeconds === undefined ? [] : [`walltime=${walltimeSeconds}`]),
    ...(snippetLines === undefined ? [] : [`snippet_lines=${snippetLines}`]),
    "return_dict=True",
  ];
  return `from globus_compute_sdk import ${name}\n${SHELL_ENTRY} = ${name}(${given.join(", ")})\n`;
}

function textLiteral(text: unknown, name: string): string {
  if (typeof text === "string" && text !== "") return pythonLiteral(text, name);
  throw new TypeError(`Cannot use '${name}': it must be a string that is not empty`);
}
