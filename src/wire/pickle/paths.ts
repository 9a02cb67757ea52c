import { PythonScalar, type PythonScalarType } from "../values/python_scalar.ts";
import type { Builder } from "./builder.ts";

/** Joins the parts of a path, of which the first is the root, if it has one. */
export function pathBuilder(type: PythonScalarType): Builder {
  const separator = type.endsWith("WindowsPath") ? "\\" : "/";
  return (args) => {
    let path = "";
    for (const part of args) {
      if (typeof part !== "string") return undefined;
      // Another root further on would replace the first; Python does not write that.
      if (path !== "" && /^[\\/]|^.:/.test(part)) return undefined;
      const isClosed = path === "" || path.endsWith(separator) ||
        /^[a-z]:$/i.test(path) && separator === "\\";
      path += isClosed ? part : separator + part;
    }
    return new PythonScalar(type, path === "" ? "." : path);
  };
}
