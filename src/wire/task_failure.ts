import type { PythonTraceback, TaskErrorKind } from "../errors/task_error.ts";
import { ENGINE_LINE, parseTraceback } from "./traceback.ts";

/** What the text of a failed task tells. */
export interface TaskFailure extends PythonTraceback {
  /** Why it failed. */
  kind: TaskErrorKind;
  /** What can be done about it, where that is known. */
  advice: string | undefined;
}

/** Reads the text of a failed task. */
export function readTaskFailure(text: string): TaskFailure {
  const traceback = parseTraceback(text);
  const kind = classifyFailure(traceback, text);
  return { ...traceback, kind, advice: adviceFor(kind, traceback.type) };
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
