import { isRecord } from "../../base/narrow.ts";
import { text } from "@optique/core/message";
import type { NonEmptyString } from "@optique/core/nonempty";
import type { Suggestion } from "@optique/core/parser";
import type { ValueParser } from "@optique/core/valueparser";

/** A value, or why a text is none, in words that follow "Cannot use '--option': ". */
export type Reading<T> = { value: T } | { problem: string };

/** How a value is read. */
export interface Reader<T> {
  metavar: NonEmptyString;
  /** Any value of the type; the library asks for one. */
  placeholder: T;
  read(text: string): Reading<T>;
  /** What the shell completes. */
  suggest?(prefix: string): Suggestion[];
}

/** A parser of the library for a reader. */
export function valueOf<T>({ metavar, placeholder, read, suggest }: Reader<T>): ValueParser<"sync", T> {
  return {
    mode: "sync",
    metavar,
    placeholder,
    parse(input) {
      const reading = read(input);
      return "value" in reading
        ? { success: true, value: reading.value }
        : { success: false, error: [text(reading.problem)] };
    },
    format: (value) => String(value),
    suggest: (prefix) => suggest?.(prefix) ?? [],
  };
}

/** Any text but the empty one. */
export function filledText(metavar: NonEmptyString): ValueParser<"sync", string> {
  return valueOf({
    metavar,
    placeholder: "",
    read: (value) => value === "" ? { problem: "it is empty" } : { value },
  });
}

/** One of a few names. */
export function oneOf<const T extends string>(
  metavar: NonEmptyString,
  names: readonly [T, ...T[]],
): ValueParser<"sync", T> {
  return valueOf<T>({
    metavar,
    placeholder: names[0],
    read(input) {
      const value = names.find((name) => name === input);
      return value === undefined
        ? { problem: `it must be one of ${names.join(", ")}, not '${input}'` }
        : { value };
    },
    suggest: (prefix) =>
      names.filter((name) => name.startsWith(prefix)).map((text) => ({ kind: "literal", text })),
  });
}

/** A UUID, in lower case. */
export function uuid(metavar: NonEmptyString): ValueParser<"sync", string> {
  const form = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/;
  return valueOf({
    metavar,
    placeholder: "",
    read(input) {
      const value = input.toLowerCase();
      return form.test(value) ? { value } : { problem: "it is no UUID" };
    },
  });
}

/** A whole number. */
export function wholeNumber(
  metavar: NonEmptyString,
  least: number,
  most: number = Number.MAX_SAFE_INTEGER,
): ValueParser<"sync", number> {
  return valueOf({
    metavar,
    placeholder: least,
    read(input) {
      const value = Number(input);
      if (/^\d+$/.test(input) && value >= least && value <= most) return { value };
      return { problem: `it must be a whole number from ${least} to ${most}, not '${input}'` };
    },
  });
}

/** Seconds, read as milliseconds: a timer takes no more than some three weeks. */
export function seconds(): ValueParser<"sync", number> {
  return valueOf({
    metavar: "SECONDS",
    placeholder: 0,
    read(input) {
      const value = Number(input) * 1000;
      if (/^\d+(\.\d+)?$/.test(input) && value > 0 && value < 2 ** 31) return { value };
      return { problem: `it must be a number of seconds above 0, not '${input}'` };
    },
  });
}

/** Milliseconds, or a time between two. */
export function duration(metavar: NonEmptyString): ValueParser<"sync", readonly [number, number]> {
  return valueOf<readonly [number, number]>({
    metavar,
    placeholder: [0, 0],
    read(input) {
      const [, least, most = least] = /^(\d+)(?:-(\d+))?$/.exec(input) ?? [];
      if (Number(least) <= Number(most)) return { value: [Number(least), Number(most)] };
      return { problem: `it must be milliseconds, such as 250 or 100-900, not '${input}'` };
    },
  });
}

/** The path of a file, or of a directory, that the shell completes. */
export function filePath(
  metavar: NonEmptyString,
  { type = "file", extensions }: { type?: "file" | "directory"; extensions?: readonly string[] } = {},
): ValueParser<"sync", string> {
  return valueOf({
    metavar,
    placeholder: "",
    read: (value) => value === "" ? { problem: "it is empty" } : { value },
    suggest: (pattern) => [{ kind: "file", type, pattern, ...(extensions ? { extensions } : {}) }],
  });
}

/** JSON as it was typed: Python reads the numbers as they stand there. What it says is in no message. */
export function json(
  metavar: NonEmptyString,
  { isObject = false }: { isObject?: boolean } = {},
): ValueParser<"sync", string> {
  return valueOf({
    metavar,
    placeholder: "null",
    read(input) {
      let value: unknown;
      try {
        value = JSON.parse(input);
      } catch {
        const way = isObject ? `write '{"name": 1}'` : `a text has its own quotes in it, as in '"text"'`;
        return { problem: `it is no JSON; ${way}` };
      }
      return isObject && !isRecord(value) ? { problem: "it is no JSON object" } : { value: input.trim() };
    },
  });
}
