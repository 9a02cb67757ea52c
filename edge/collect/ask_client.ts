import type { Client, TaskOutcome } from "../../mod.ts";
import { ComputeDecodeError } from "../compute.ts";
import { getBatchResult } from "../compute_tasks.ts";
import type { EdgeContext } from "../context.ts";
import type { BatchRecord, TaskEntry } from "../records/batch_record.ts";
import { createAskQueue, fail, type Place, save } from "./ask_queue.ts";
import type { AskedBatch } from "./asked_batch.ts";
import { SPENT } from "./budget.ts";
import type { CollectRound } from "./collect_round.ts";
import { newsOf } from "./task_news.ts";
import { answerSizeOfClient } from "../../src/tasks/read_once.ts";

/** What is asked for with one client. */
export interface ClientBatches {
  readonly client: Client;
  /** Those that are due, who has waited longest first. */
  readonly due: readonly BatchRecord[];
  /** Those that will be soon: they are asked for too, where that takes no request of its own. */
  readonly soon: readonly BatchRecord[];
}

/** The request goes on beyond that, and what it brings is kept for the next call. */
const CALL_TIMEOUT_MS = 45_000;

/**
 * Asks for the tasks of all batches of one client, as many in one request as there is room for. What fails, fails for
 * all of them, and for no others.
 *
 * @param keptRequests How many requests of the budget are for other work.
 */
export async function askClient(
  round: CollectRound,
  { client, due, soon }: ClientBatches,
  keptRequests: number,
): Promise<void> {
  const { budget } = round;
  const queue = createAskQueue(round, due, soon);
  const requestsLeft = () => budget.left() - keptRequests;
  while (!budget.isLate() && requestsLeft() > 0) {
    const { count, fits, maxRequests } = askSizeOf(client, requestsLeft());
    const chunk = await queue.take(count, fits);
    if (chunk.length === 0) break;
    const mostRequests = () => Math.min(maxRequests, requestsLeft());
    try {
      await askFor(round, client, chunk, mostRequests);
    } catch (error) {
      putBack(chunk);
      const { open, waiting } = queue.rest();
      const begun = [...new Set([...chunk.map(({ batch }) => batch), ...(open === undefined ? [] : [open])])];
      for (const batch of begun) if (batch.news.size > 0) await save(round, batch);
      if (error === SPENT || round.signal.aborted) return;
      return await fail(round, [...begun.map(({ record }) => record), ...waiting], error);
    }
  }
  const { open } = queue.rest();
  if (open !== undefined) await save(round, open);
}

/** Asks for these tasks, and writes the batches of which no more are to be asked for. */
async function askFor(
  round: CollectRound,
  client: Client,
  chunk: readonly Place[],
  mostRequests: () => number,
): Promise<void> {
  const { unstored } = round.context;
  await unstored.storeAgain(); // Before more is read: until the store takes results again, there are no more to lose.
  let outcomes: TaskOutcome[];
  try {
    const tasks = chunk.map(({ batch, index }) => batch.entries[index] as TaskEntry);
    outcomes = await call(round, client, tasks, mostRequests());
  } catch (error) {
    // One record that cannot be read spoils an answer: the batch that it belongs to is to fail alone.
    if (!(error instanceof ComputeDecodeError)) throw error;
    const parts = byBatch(chunk);
    if (parts.size === 1) return await fail(round, [...parts.keys()].map(({ record }) => record), error);
    for (const part of parts.values()) {
      if (round.budget.isLate() || mostRequests() <= 0) putBack(part); // It is due still.
      else await askFor(round, client, part, mostRequests);
    }
    return;
  }
  await unstored.storeAgain().catch(() => {}); // It may have failed for a moment; if not, the next request tells.
  const nowMs = round.context.clock.nowMs();
  for (const [place, { batch, index }] of chunk.entries()) {
    const entry = batch.entries[index] as TaskEntry;
    // It is not done before the store has its result: the next round finds it there.
    if (unstored.has(entry.taskId)) continue;
    const missingForMs = missingMs(round.context, entry, nowMs);
    const news = newsOf(entry, outcomes[place] as TaskOutcome, { nowMs, missingForMs });
    if (news === undefined) continue;
    batch.news.set(index, news);
    missingMs(round.context, news, nowMs); // From now on it is seen here.
  }
  outcomes = []; // They may be large, and are in the store.
  for (const batch of byBatch(chunk).keys()) if (batch.toAsk.length === 0) await save(round, batch);
}

/** For how long a task is missing: as this process has seen it, or else by the times of whoever noted it. */
function missingMs({ sightings }: EdgeContext, entry: TaskEntry, nowMs: number): number | undefined {
  const { taskId, missingSinceMs } = entry;
  if (missingSinceMs === undefined) return undefined;
  return sightings.forMs(`missing/${taskId}`, String(missingSinceMs)) ?? nowMs - missingSinceMs;
}

async function call(
  { budget, signal }: CollectRound,
  client: Client,
  tasks: readonly TaskEntry[],
  maxRequests: number,
): Promise<TaskOutcome[]> {
  const stop = budget.stopAfter(maxRequests);
  try {
    return await getBatchResult(client, tasks.map(({ taskId }) => taskId), {
      signal: AbortSignal.any([signal, stop.signal]),
      timeoutMs: CALL_TIMEOUT_MS,
    });
  } finally {
    stop.done();
  }
}

function putBack(chunk: readonly Place[]): void {
  for (const { batch, index } of [...chunk].reverse()) batch.toAsk.push(index);
}

function byBatch(chunk: readonly Place[]): Map<AskedBatch, Place[]> {
  const parts = new Map<AskedBatch, Place[]>();
  for (const place of chunk) {
    const part = parts.get(place.batch);
    if (part === undefined) parts.set(place.batch, [place]);
    else part.push(place);
  }
  return parts;
}

/** How many tasks one call can ask for. */
interface AskSize {
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
function askSizeOf(client: Client, requestsLeft: number): AskSize {
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
