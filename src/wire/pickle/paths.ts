import { PythonScalar, type PythonScalarType } from "../values/python_scalar.ts";
import type { PythonValue } from "../values/python_value.ts";
import type { Builder } from "./builder.ts";

/** What a path begins with that is no name of a folder: two slashes are another root than one, or three. */
const POSIX_ROOT = /^(?:\/\/(?!\/)|\/*)/;
/** A share with its host, or a drive, and the root. */
const WINDOWS_ROOT = /^(?:\\\\[^\\]+\\[^\\]+|[^\\]:)?\\*/;
/** Of such ones a share has a root in any case. */
const SHARE = /^\\\\[^\\]+\\[^\\]+$/;

/** Joins the parts of a path as Python shows it: 3.13 pickles a path as it was written, others in normal form. */
export function pathBuilder(type: PythonScalarType): Builder {
  const isWindows = type.endsWith("WindowsPath");
  const separator = isWindows ? "\\" : "/";
  return (args, context) => {
    if (!args.every(isText)) return undefined;
    const given = isWindows ? joinWindows(args) : joinPosix(args);
    if (given === undefined) return undefined;
    context.charge(8 * given.length);
    let root = (isWindows ? WINDOWS_ROOT : POSIX_ROOT).exec(given)?.[0] ?? "";
    const names = given.slice(root.length).split(separator).filter((name) => name !== "" && name !== ".");
    if (isWindows) root = root.replace(/(?<!^)\\+$/, "\\") + (SHARE.test(root) ? "\\" : "");
    else if (root.length > 2) root = "/";
    return new PythonScalar(type, root + names.join(separator) || ".");
  };
}

const isText = (part: PythonValue): part is string => typeof part === "string";

/** From the last part on that has a root. */
function joinPosix(parts: readonly string[]): string {
  const [root = "", ...rest] = parts.slice(Math.max(0, parts.findLastIndex((part) => part.startsWith("/"))));
  return root + (root === "" || root.endsWith("/") ? "" : "/") + rest.join("/");
}

/** A root or a drive further on may replace the first in part; such a path is left as it is told. */
function joinWindows(parts: readonly string[]): string | undefined {
  const [root = "", ...rest] = parts.map((part) => part.replaceAll("/", "\\"));
  if (rest.some((part) => /^\\|^.:/.test(part))) return undefined;
  // What follows a drive without a root is relative to the folder where one is on it.
  return root + (/^(?:.:)?$|\\$/.test(root) ? "" : "\\") + rest.join("\\");
}
