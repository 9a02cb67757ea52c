import type { PythonObject } from "../values/python_object.ts";

/** All built-in classes that are called so are exceptions: to make one does nothing else. */
const EXCEPTION = /^(?=[A-Z])\w*(?:Error|Exception|ExceptionGroup|Warning|Exit|Interrupt|Iteration)$/;
/** Others that only hold what they are given. */
const HOLDERS: ReadonlySet<string> = new Set([
  "builtins.slice",
  "collections.deque",
  "datetime.timezone",
  "globus_compute_sdk.sdk.shell_function.ShellResult",
]);

/** Whether Python may be told to make an object again that came from elsewhere. */
export function isSafeToSend(object: PythonObject): boolean {
  return HOLDERS.has(`${object}`) || (object.module === "builtins" && EXCEPTION.test(object.name));
}
