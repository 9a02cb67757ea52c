import { messageOf } from "../src/base/narrow.ts";
import * as v from "valibot";

/** What an environment has: `process.env`, `Deno.env.toObject()`, or the texts among a Worker's bindings. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** Some settings are missing or of no use. The message names each of them, and has no value in it. */
export class SettingsError extends TypeError {
  /** One for each setting. */
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`Cannot start: ${problems.join("; ")}`);
    this.name = "SettingsError";
    this.problems = problems;
  }
}

/** What is said of a variable that has to be there, and is not. */
const NOT_SET = "is not set";

/**
 * Reads variables as valibot's schemas say, an empty one as one that is not set. The message of each check goes on
 * from the variable's name, "must be a UUID" for one; valibot's own would show what the variable has.
 *
 * @throws {SettingsError} If some are missing or of no use: of all of them.
 */
export function readVariables<const Entries extends v.ObjectEntries>(
  env: Variables,
  entries: Entries,
): v.InferOutput<v.ObjectSchema<Entries, undefined>> {
  const set = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ""),
  );
  const result = v.safeParse(v.object(entries, NOT_SET), set);
  if (result.success) return result.output as v.InferOutput<v.ObjectSchema<Entries, undefined>>;
  throw new SettingsError(result.issues.map((issue) => `${v.getDotPath(issue)} ${issue.message}`));
}

/**
 * Does each, and gives what they gave.
 *
 * @throws {SettingsError} If some of them threw: of all of them.
 */
export function readAll<const Readers extends readonly (() => unknown)[]>(
  ...readers: Readers
): { [Index in keyof Readers]: ReturnType<Readers[Index]> } {
  const problems: string[] = [];
  const results = readers.map((read) => {
    try {
      return read();
    } catch (error) {
      if (error instanceof SettingsError) problems.push(...error.problems);
      else problems.push(messageOf(error));
      return undefined;
    }
  });
  if (problems.length > 0) throw new SettingsError([...new Set(problems)]);
  return results as { [Index in keyof Readers]: ReturnType<Readers[Index]> };
}

/** Several texts of so many characters or more each, with spaces or commas between them. */
export function texts(minLength: number): v.GenericSchema<string, string[]> {
  return v.pipe(
    v.string(NOT_SET),
    v.transform((text) => text.split(/[\s,]+/).filter((part) => part !== "")),
    v.minLength(1, NOT_SET),
    v.everyItem(
      (part) => part.length >= minLength,
      `must be of ${minLength} characters or more each, with spaces or commas between them`,
    ),
  );
}

/** Whether something is let: `true` or `false`. */
export function flag(): v.GenericSchema<string | undefined, boolean> {
  return v.pipe(
    v.optional(v.picklist(["true", "false"], "must be 'true' or 'false'"), "false"),
    v.transform((text) => text === "true"),
  );
}

/** A whole number, from 1 on. */
export function count(): v.GenericSchema<string, number> {
  return v.pipe(
    v.string(NOT_SET),
    v.regex(/^[1-9]\d{0,8}$/, "must be a whole number from 1 on"),
    v.transform(Number),
  );
}
