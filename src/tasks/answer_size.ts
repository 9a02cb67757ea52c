import type { ClientContext } from "../http/client.ts";
import type { TaskRecord } from "../wire/task_record.ts";

/** What one answer may have, in characters: well below the 128 MB of a Worker, in which it stands more than once. */
const MAX_ANSWER_LENGTH = 32_000_000;
/** The longest result that the service takes. */
const MAX_RESULT_LENGTH = 10_485_760;
const MAX_IDS = 1_000;
/** One answer may have a hundred of these. */
const LARGE = MAX_ANSWER_LENGTH / 100;
/** Results differ: each of the next ones may be so many times as long as is expected. */
const SAFETY = 3;
/** What is expected grows at once, and shrinks by such a part of the difference with each shorter result. */
const DECAY = 1 / 32;
/** Of how many tasks the function is known at most. */
const MAX_KNOWN = 100_000;
/** Stands for all functions together: what is expected of one that nothing is known of. */
const ALL = "*";

/** What a client has learnt of how large results are. */
export interface AnswerSize {
  /** What calls of few requests have asked for while no result was seen: the next one goes on from there. */
  readonly probed: Set<string>;
  /** Whether a result has been seen. Until then any of them may be of the largest size. */
  isKnown(): boolean;
  /** Whether the result of a task is expected to be so large that one request can ask for few of them. */
  isLarge(taskId: string): boolean;
  /**
   * The room of one request: tells of one task after the other whether it can ask for that one too.
   *
   * @param factor How many times as much as is expected may be asked for.
   */
  room(factor?: number): (taskId: string) => boolean;
  /** Takes as many tasks off the front as one request may ask for. */
  take(taskIds: string[], factor?: number): string[];
  /** Notes which function a task calls, or another name for what it has in common with others. */
  note(taskId: string, functionId: string): void;
  /** Learns from an answer. */
  learn(records: readonly TaskRecord[]): void;
}

const sizes = new WeakMap<ClientContext, AnswerSize>();

/** What this client has learnt. */
export function answerSizeOf(context: ClientContext): AnswerSize {
  const size = sizes.get(context) ?? createAnswerSize();
  sizes.set(context, size);
  return size;
}

function createAnswerSize(): AnswerSize {
  const functionOf = new Map<string, string>();
  /** How long results are, by function; all whose function is unknown are taken for one. */
  const lengthOf = new Map<string, number>();
  const keyOf = (taskId: string) => functionOf.get(taskId) ?? "";
  const expected = (taskId: string) =>
    SAFETY * (lengthOf.get(keyOf(taskId)) ?? lengthOf.get(ALL) ?? MAX_RESULT_LENGTH);
  const room = (factor = 1) => {
    let count = 0;
    let length = 0;
    return (taskId: string) => {
      length += Math.min(MAX_RESULT_LENGTH, expected(taskId));
      return ++count === 1 || count <= MAX_IDS && length <= factor * MAX_ANSWER_LENGTH;
    };
  };
  return {
    probed: new Set(),
    isKnown: () => lengthOf.size > 0,
    isLarge: (taskId) => expected(taskId) > LARGE,
    room,
    take(taskIds, factor) {
      const fits = room(factor);
      const end = taskIds.findIndex((taskId) => !fits(taskId));
      return taskIds.splice(0, end < 0 ? taskIds.length : end);
    },
    note(taskId, functionId) {
      if (functionOf.size >= MAX_KNOWN) functionOf.clear();
      if (!functionOf.has(taskId)) functionOf.set(taskId, functionId);
    },
    learn(records) {
      for (const { taskId, result, exception } of records) {
        const text = result ?? exception;
        if (text === undefined) continue;
        for (const key of [keyOf(taskId), ALL]) {
          const known = lengthOf.get(key) ?? 0;
          lengthOf.set(key, Math.max(text.length, known + (text.length - known) * DECAY));
        }
        functionOf.delete(taskId);
      }
    },
  };
}
