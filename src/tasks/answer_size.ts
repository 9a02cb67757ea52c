import type { ClientContext } from "../http/client.ts";
import type { TaskRecord } from "../wire/task_record.ts";

/** What one answer may have, in characters: well below the 128 MB of a Worker, in which it stands more than once. */
const MAX_ANSWER_LENGTH = 32_000_000;
/** The longest result that the service takes. */
const MAX_RESULT_LENGTH = 10_485_760;
/** Results differ: the next ones may be so many times as large as the largest one so far. */
const SAFETY = 4;
const MAX_IDS = 1_000;

/** What a client has learnt of how large results are. */
export interface AnswerSize {
  /** For how many tasks one request may ask. */
  maxIds(): number;
  /** Whether a result has been seen. Until then any of them may be of the largest size. */
  isKnown(): boolean;
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
  let largest: number | undefined;
  return {
    isKnown: () => largest !== undefined,
    maxIds() {
      const expected = Math.min(MAX_RESULT_LENGTH, SAFETY * (largest ?? MAX_RESULT_LENGTH));
      return Math.min(MAX_IDS, Math.max(1, Math.floor(MAX_ANSWER_LENGTH / Math.max(1, expected))));
    },
    learn(records) {
      for (const { result, exception } of records) {
        const text = result ?? exception;
        if (text !== undefined) largest = Math.max(largest ?? 0, text.length);
      }
    },
  };
}
