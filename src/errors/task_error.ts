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

/** The task ran, or was to run, and failed: Python's exception as data. */
export class ComputeTaskError extends ComputeError {
  /** The class's name, unchanged by minifiers. */
  override readonly name = "ComputeTaskError" as const;
  /** The literal of this class. */
  override readonly code = "ERR_COMPUTE_TASK" as const;
  /** The task. */
  readonly taskId: string;
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
}
