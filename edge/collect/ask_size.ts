import type { Client } from "../../mod.ts";
import { answerSizeOfClient } from "../../src/tasks/read_once.ts";
import type { BatchRecord } from "../records/batch_record.ts";

/** How many tasks one call can ask for. */
export interface AskSize {
  /** For how many tasks to ask at most. */
  count: number;
  /** Whether there is room for one more task. */
  fits(taskId: string, batch: BatchRecord): boolean;
  /** How many requests a call may take until it is stopped. */
  maxRequests: number;
}

const MAX_COUNT = 1_000;
/** While no result was seen, the client asks for 3, 12, 48, … tasks in each of its requests: five for as many. */
const FIRST_COUNT = 768;

/**
 * How many tasks one call of `getBatchResult` asks for, so that it takes one request as a rule, and the results of one
 * call, which stand in memory together, are what the client takes for one answer.
 *
 * The client knows the functions of what it has submitted itself. What another process has submitted is taken by its
 * hook, whose batches call the same functions as a rule.
 */
export function askSizeOf(client: Client, requestsLeft: number): AskSize {
  const size = answerSizeOfClient(client);
  if (!size.isKnown()) {
    const count = Math.min(FIRST_COUNT, 4 ** Math.min(requestsLeft, 10) - 1);
    return { count, fits: () => true, maxRequests: 8 };
  }
  const hasRoom = size.room();
  const fits = (taskId: string, { hook }: BatchRecord) => {
    size.note(taskId, `hook ${hook}`);
    return hasRoom(taskId);
  };
  return { count: MAX_COUNT, fits, maxRequests: 3 };
}
