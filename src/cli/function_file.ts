import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { type Client, ComputeHttpError, registerSource } from "../../mod.ts";
import type { CliContext } from "./cli_context.ts";
import { UsageError } from "./usage_error.ts";

/** The source of a module, and the function in it that is meant. */
export interface FunctionFile {
  source: string;
  /** Left out where the source defines only one. */
  name?: string;
}

/**
 * Reads what `FILE.py:FUNCTION` names.
 *
 * @throws {UsageError} If the file cannot be read, is no text, or the name is none of Python's.
 */
export async function readFunctionFile(argument: string): Promise<FunctionFile> {
  // A colon may stand in the path, as it does behind the letter of a drive.
  const [, path = argument, name] = /^(.+):([^:/\\]*)$/.exec(argument) ?? [];
  if (name !== undefined && !/^[\p{XID_Start}_]\p{XID_Continue}*$/u.test(name)) {
    throw new UsageError(`Cannot use '${argument}': what stands behind the colon is no name of a function`);
  }
  let source: string;
  try {
    source = new TextDecoder("utf-8", { fatal: true }).decode(await readFile(path));
  } catch (error) {
    throw new UsageError(`Cannot read '${path}': ${reasonOf(error)}`);
  }
  return name === undefined ? { source } : { source, name };
}

/** What went wrong with a file, without its path. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof TypeError) return "it is no UTF-8 text";
  const code = "code" in error ? String(error.code) : "";
  return REASONS[code] ?? error.message;
}

const REASONS: Record<string, string> = {
  ENOENT: "there is no such file or directory",
  EACCES: "you have no right to it",
  EPERM: "you have no right to it",
  EISDIR: "it is a directory",
  ENOTDIR: "a part of the path is no directory",
  ENOSPC: "the disk is full",
  EROFS: "it cannot be written there",
};

/** Registers the function, unless this machine has done so before. */
export async function registerFile(
  { signal }: CliContext,
  client: Client,
  { source, name }: FunctionFile,
  argument: string,
): Promise<string> {
  try {
    return await registerSource(client, { source, ...(name === undefined ? {} : { name }) }, { signal });
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const problem = error.message.replace("pass 'name'", `name one, as in ${basename(argument)}:NAME`);
    throw new UsageError(problem);
  }
}

/**
 * Submits with the id of a function. What this machine has registered may be gone at the service, a local one that was
 * started anew for one: then it is registered again.
 */
export async function withFunction<T>(
  register: () => Promise<string>,
  submit: (functionId: string) => Promise<T>,
): Promise<T> {
  try {
    return await submit(await register());
  } catch (error) {
    const isUnknown = error instanceof ComputeHttpError && error.serviceCode === "FUNCTION_NOT_FOUND";
    if (!isUnknown) throw error;
    return await submit(await register());
  }
}
