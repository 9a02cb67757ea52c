import { type Client, type ClientContext, contextOf } from "../http/client.ts";
import type { TaskRecord } from "../wire/task_record.ts";

/** What one answer may have, in characters: well below the 128 MB of a Worker, in which it stands more than once. */
const MAX_ANSWER_LENGTH = 32_000_000;
/** The longest result that the service takes. */
const MAX_RESULT_LENGTH = 10_485_760;
const MAX_IDS = 1_000;
/** Results differ: each may be so many times as long as is expected, and one as long as the longest so far. */
const SAFETY = 2;
/** A long result among short ones counts for about so many others that follow it… */
const MEMORY = 1_000;
/** …and is expected of each of the next ones, half of it after so many. */
const HALF_LIFE = 16;
/** Of how many tasks and functions something is known; what is known longest goes first. */
const MAX_TASKS = 100_000;
const MAX_FUNCTIONS = 1_000;

/** How long the results of a function are, in characters. */
interface Lengths {
  count: number;
  mean: number;
  /** The longest of the last few. */
  recent: number;
  /** The longest of many. */
  longest: number;
}

/** What a client has learnt of how large results are. */
export interface AnswerSize {
  /** Whether a result has been seen. Until then any of them may be of the largest size. */
  isKnown(): boolean;
  /** How long the result of a task is expected to be. */
  expected(taskId: string): number;
  /** The room of one request: tells of one task after the other whether it can ask for that one too. */
  room(): (taskId: string) => boolean;
  /** Takes as many tasks off the front as one request may ask for. */
  take(taskIds: string[]): string[];
  /** Notes which functions tasks call: one for each task, or one for all that are not known yet. */
  note(taskIds: readonly string[], functionIds: readonly string[] | string): void;
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

/** What a client has learnt, for the handler, which asks for the results of many batches at once. */
export function answerSizeOfClient(client: Client): AnswerSize {
  return answerSizeOf(contextOf(client));
}

function createAnswerSize(): AnswerSize {
  const functionOf = new Map<string, string>();
  const lengths = new Map<string, Lengths>();
  /** Of all functions together: what is expected of one that nothing is known of. */
  const overall = createLengths();
  const keyOf = (taskId: string) => functionOf.get(taskId) ?? ""; // All unknown ones are taken for one.
  const of = (key: string) => lengths.get(key) ?? overall;
  const room = () => {
    let count = 0;
    let expected = 0;
    let longest = 0;
    return (taskId: string) => {
      const known = of(keyOf(taskId));
      expected += SAFETY * expectedOf(known);
      longest = Math.max(longest, known.longest);
      const length = Math.min(++count * MAX_RESULT_LENGTH, expected + longest);
      return count === 1 || count <= MAX_IDS && length <= MAX_ANSWER_LENGTH;
    };
  };
  return {
    isKnown: () => overall.count > 0,
    expected: (taskId) => expectedOf(of(keyOf(taskId))),
    room,
    take(taskIds) {
      const fits = room();
      const end = taskIds.findIndex((taskId) => !fits(taskId));
      return taskIds.splice(0, end < 0 ? taskIds.length : end);
    },
    note(taskIds, functionIds) {
      for (const [index, taskId] of taskIds.entries()) {
        if (typeof functionIds !== "string") functionOf.set(taskId, functionIds[index] ?? "");
        else if (!functionOf.has(taskId)) functionOf.set(taskId, functionIds);
      }
      trim(functionOf, MAX_TASKS);
    },
    learn(records) {
      for (const { taskId, result, exception } of records) {
        const length = (result ?? exception)?.length;
        if (length === undefined) continue;
        const key = keyOf(taskId);
        const known = lengths.get(key) ?? createLengths();
        for (const each of [known, overall]) add(each, length);
        lengths.delete(key);
        lengths.set(key, known);
        functionOf.delete(taskId);
      }
      trim(lengths, MAX_FUNCTIONS);
    },
  };
}

function createLengths(): Lengths {
  return { count: 0, mean: 0, recent: 0, longest: 0 };
}

function expectedOf({ mean, recent }: Lengths): number {
  return Math.max(mean, recent);
}

function add(lengths: Lengths, length: number): void {
  lengths.count = Math.min(MEMORY, lengths.count + 1);
  lengths.mean += (length - lengths.mean) / lengths.count;
  lengths.recent = Math.max(length, lengths.recent * 2 ** (-1 / HALF_LIFE));
  lengths.longest = Math.max(length, lengths.longest * (1 - 1 / MEMORY));
}

function trim(map: Map<string, unknown>, maxSize: number): void {
  for (const key of map.keys()) {
    if (map.size <= maxSize) break;
    map.delete(key);
  }
}
