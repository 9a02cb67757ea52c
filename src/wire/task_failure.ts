import type { PythonFrame, PythonTraceback, TaskErrorKind } from "../errors/task_error.ts";
import { given } from "../base/narrow.ts";

/** What the text of a failed task tells. */
export interface TaskFailure extends PythonTraceback {
  /** Why it failed. */
  kind: TaskErrorKind;
  /** What can be done about it, where that is known. */
  advice: string | undefined;
  /** The exception with what it says, in a line. */
  summary: string;
}

/** Reads the text of a failed task. */
export function readTaskFailure(text: string): TaskFailure {
  const traceback = parseTraceback(text);
  const kind = classifyFailure(traceback, text);
  return { ...traceback, kind, advice: adviceFor(kind, traceback.type), summary: summarize(traceback) };
}

const MAX_SUMMARY_LENGTH = 200;

function summarize({ type, message }: PythonTraceback): string {
  const said = message.trim().split("\n")[0] ?? "";
  const brief = said.length > MAX_SUMMARY_LENGTH ? `${said.slice(0, MAX_SUMMARY_LENGTH)}…` : said;
  return [type === "unknown" ? "" : type, brief].filter((part) => part !== "").join(": ");
}

/** The SDK's own errors on a worker, and Parsl's: their modules are their own, whoever's frames they have. */
const RAISED_ON_WORKER: readonly [TaskErrorKind, RegExp][] = [
  ["serialization", /^globus_compute_sdk\.errors\.error_types\.(Des|Ser)/],
  ["timeLimit", /^parsl\.app\.errors\.AppTimeout\b/],
];

/**
 * What is said of a task whose function did not raise: by an engine, by the endpoint or by the local service.
 */
const REPORTED: readonly [TaskErrorKind, RegExp][] = [
  ["workerLost", /^\S*(Worker|Manager)Lost\b/],
  ["resultTooLarge", /^MaxResultSizeExceeded\b/],
  ["timeLimit", /^TaskTimeLimitExceeded\b/],
  ["outputTooLarge", /^TaskOutputExceeded\b/],
  ["functionNotAllowed", /Function \S+ not permitted on|FUNCTION_NOT_ALLOWED/],
  ["resourceSpecification", /resource.specification/i],
];

/**
 * Tells why a task failed. An exception of the user's own is one whatever it is called: only what a worker,
 * an engine or the endpoint says of itself is taken for more.
 *
 * @param text The failure as it was sent.
 */
export function classifyFailure({ type, message, frames }: PythonTraceback, text: string): TaskErrorKind {
  const said = `${type}: ${message}`;
  const find = (rules: typeof REPORTED) => rules.find(([, pattern]) => pattern.test(said))?.[0];
  const raised = find(RAISED_ON_WORKER);
  if (raised !== undefined) return raised;
  if (text.startsWith(ENGINE_LINE) || !text.includes("Traceback (most recent call last):")) {
    return find(REPORTED) ?? "endpoint";
  }
  // Unpickling fails inside the SDK; registered source is executed there too, and has frames of its own.
  const isOfSdk = /\bglobus_compute_sdk[\\/]serialize\b/.test(frames[0]?.file ?? "");
  return isOfSdk && !frames.some(({ file }) => file === "<string>") ? "serialization" : "exception";
}

const ADVICE: { [Kind in TaskErrorKind]?: string } = {
  serialization:
    "Return what JSON can carry, or set 'resultSerializers'; register source in place of a pickle",
  resultTooLarge: "Write the result to a file there, and return its path",
  outputTooLarge: "Print less, or raise the local service's 'maxOutputBytes'",
  timeLimit: "Split the work, or have the endpoint's limit raised",
  workerLost: "Ask for more memory or time in 'userEndpointConfig', or do less in a task",
  functionNotAllowed: "See getAllowedFunctions; whoever runs the endpoint can add a function",
  resourceSpecification: "Leave 'resourceSpecification' out, or use an endpoint with an MPI engine",
  endpoint: "Ask whoever runs the endpoint, and name the task's id",
};

/** For exceptions that say more of where a function runs than of the function. */
const ADVICE_FOR_TYPE = new Map([
  [
    "ModuleNotFoundError",
    "List the module in 'requirements' of 'userEndpointConfig', or have it installed there",
  ],
  ["NameError", "Have the source bring its imports and helpers"],
]);

/** What a JavaScript caller can do about it; nothing for an exception that its author alone can judge. */
export function adviceFor(kind: TaskErrorKind, type: string): string | undefined {
  return kind === "exception" ? ADVICE_FOR_TYPE.get(type) : ADVICE[kind];
}

const FRAME = /^ {2}File "(.*)", line (\d+)(?:, in (.*))?$/;
/** The name of a class. Bounded, so that no text can overflow the stack. */
const CLASS_NAME = /^(?=.{1,500}$)[\p{L}_][\p{L}\p{N}_]*(?:\.[\p{L}_<][\p{L}\p{N}_<>]*)*$/u;
/** The endpoint's own failures are the `repr` of an exception: `MaxResultSizeExceeded(11534341, 10485760)`. */
const REPR = /^([A-Z]\w{0,500})\(([^]*)\)$/;
/** What stands between exceptions that are chained. */
const CHAIN =
  /\n\n(?:During handling of the above exception, another exception occurred|The above exception was the direct cause of the following exception):\n\n/;
/** The line that an engine draws above what it reports; a line of 68 `-` is below. */
const ENGINE_LINE = "+".repeat(68) + "\n";

/**
 * Takes the text of a failed task apart. Where exceptions are chained, it is the last one, which ended the
 * task, and where an engine has tried more than once, its last attempt. Text that is no traceback becomes a
 * message of type `unknown`.
 */
export function parseTraceback(text: string): PythonTraceback {
  const isOfEngine = text.startsWith(ENGINE_LINE);
  const report = isOfEngine ? lastAttempt(text) : text;
  const last = headOfGroup(report.trimEnd().split(CHAIN).at(-1) as string);
  const begin = /^Traceback \(most recent call last\):\n/m.exec(last);
  // An engine that has lost a worker has an exception that was never raised.
  if (!begin) return isOfEngine ? { ...parseException(last), frames: [] } : parseWithoutFrames(last);
  const lines = last.slice(begin.index).split("\n").slice(1);
  const frames: PythonFrame[] = [];
  let index = 0;
  for (; index < lines.length && /^\s/.test(lines[index] as string); index++) {
    const frame = parseFrame(lines, index);
    if (frame) frames.push(frame);
  }
  return { ...parseException(lines.slice(index).join("\n")), frames };
}

function lastAttempt(text: string): string {
  return text.slice(text.lastIndexOf(ENGINE_LINE) + ENGINE_LINE.length)
    .replace(/^Traceback from attempt: .*\n/, "")
    .replace(/-{68}\s*$/, "");
}

/** The group itself, of an exception group: it is drawn behind a bar, and its members follow below. */
function headOfGroup(text: string): string {
  if (!/^ {2}(?:\+ Exception Group Traceback|\|) /.test(text)) return text;
  const head = text.split("\n  +-+-", 1)[0] as string;
  return head.replace(/^ {2}(?:\+ Exception Group|\|) ?/gm, "");
}

function parseFrame(lines: readonly string[], index: number): PythonFrame | undefined {
  const match = FRAME.exec(lines[index] as string);
  if (!match) return undefined;
  const [, file, line, name] = match as unknown as [string, string, string, string | undefined];
  const below = lines[index + 1];
  const source = below !== undefined && /^ {4}/.test(below) ? below.trim() : undefined;
  return given({ file, line: Number(line), function: name, source });
}

function parseWithoutFrames(text: string): PythonTraceback {
  const [, type, message] = REPR.exec(text) ?? [];
  return { type: type ?? "unknown", message: message ?? text, frames: [] };
}

/** Behind the name stands what the exception says, or, where it says nothing, its notes in the lines below. */
function parseException(text: string): Omit<PythonTraceback, "frames"> {
  const end = text.search(/[:\n]/);
  const type = end < 0 ? text : text.slice(0, end);
  if (!CLASS_NAME.test(type)) return { type: "unknown", message: text };
  return { type, message: text.slice(type.length).replace(/^(?:: ?|\n)/, "") };
}
