import { ComputeError } from "./compute_error.ts";

/** One line of a Python traceback. */
export interface PythonFrame {
  /** The file, as Python names it: `<string>` for registered source. */
  file: string;
  /** The line in that file, from 1. */
  line: number;
  /** The function, `<module>` at the top level. Absent for a syntax error. */
  function?: string;
  /** The source line, where Python had it. */
  source?: string;
}

/** The parts of a Python traceback. */
export interface PythonTraceback {
  /** The exception's class, with its module where it is no builtin: `KeyError`, `json.decoder.JSONDecodeError`. */
  type: string;
  /** What the exception says; empty when it says nothing. */
  message: string;
  /** From the outermost call to the one that raised. */
  frames: readonly PythonFrame[];
}

/**
 * Why a task failed:
 *
 * - `exception`: the function raised, or its source did when it was loaded;
 * - `serialization`: the worker could not read the function or its arguments, or not write the result as asked;
 * - `resultTooLarge`: the result has more than the 10,485,760 characters that a worker may send;
 * - `outputTooLarge`: the function printed more than the local service allows;
 * - `timeLimit`: the function ran for longer than the endpoint allows;
 * - `workerLost`: the worker's process ended while it ran the task;
 * - `functionNotAllowed`: the endpoint runs certain functions alone, and this is none of them;
 * - `resourceSpecification`: the endpoint's engine does not take the `resourceSpecification`;
 * - `endpoint`: the endpoint or the service failed in another way, which the message tells.
 */
export type TaskErrorKind =
  | "exception"
  | "serialization"
  | "resultTooLarge"
  | "outputTooLarge"
  | "timeLimit"
  | "workerLost"
  | "functionNotAllowed"
  | "resourceSpecification"
  | "endpoint";

/**
 * The task ran, or was to run, and failed: Python's exception as data.
 *
 * @example Act on the kind of failure
 * ```ts
 * import { ComputeTaskError } from "@edge-compute/globus";
 *
 * export function report(error: ComputeTaskError): string {
 *   if (error.kind === "exception") {
 *     const { file, line } = error.frames.at(-1) ?? { file: "?", line: 0 };
 *     return `${error.type} at ${file}:${line}: ${error.pythonMessage}`;
 *   }
 *   return `${error.message}. ${error.advice ?? ""}`;
 * }
 * ```
 */
export class ComputeTaskError extends ComputeError {
  /** The class's name, unchanged by minifiers. */
  override readonly name = "ComputeTaskError" as const;
  /** The literal of this class. */
  override readonly code = "ERR_COMPUTE_TASK" as const;
  /** The task. */
  readonly taskId: string;
  /** Why it failed. */
  readonly kind: TaskErrorKind;
  /** What can be done about it, in a sentence or two, where that is known. */
  declare readonly advice?: string;
  /** The exception's class, `KeyError` for one; `unknown` where the text is no traceback. */
  readonly type: string;
  /** What the exception says, in full; the error's own `message` is cut to a line. */
  readonly pythonMessage: string;
  /** From the outermost call to the one that raised. */
  readonly frames: readonly PythonFrame[];
  /** The text as the service sent it. */
  readonly traceback: string;

  /** Made when a task's outcome is read. */
  constructor(message: string, init: PythonTracebackInit) {
    super(message);
    this.taskId = init.taskId;
    this.kind = init.kind ?? "exception";
    if (init.advice !== undefined) this.advice = init.advice;
    this.type = init.type;
    this.pythonMessage = init.message;
    this.frames = init.frames;
    this.traceback = init.traceback;
  }
}

/** What a {@linkcode ComputeTaskError} is made of. */
export interface PythonTracebackInit extends PythonTraceback {
  /** The task. */
  taskId: string;
  /** The text as the service sent it. */
  traceback: string;
  /**
   * Why it failed.
   * @default {"exception"}
   */
  kind?: TaskErrorKind;
  /** What can be done about it. */
  advice?: string | undefined;
}
