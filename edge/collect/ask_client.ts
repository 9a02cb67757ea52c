import type { Client, TaskOutcome } from "../../mod.ts";
import { ComputeDecodeError } from "../../src/errors/decode_error.ts";
import { getBatchResult } from "../../src/tasks/get_batch_result.ts";
import type { EdgeContext } from "../context.ts";
import { inParallel } from "../in_parallel.ts";
import type { TaskEntry } from "../records/batch_record.ts";
import { createAskQueue, fail, type Place, save } from "./ask_queue.ts";
import type { AskedBatch } from "./asked_batch.ts";
import { SPENT } from "../deliver/budget.ts";
import type { CollectRound, DueBatch } from "./collect_round.ts";
import { newsOf } from "./task_news.ts";

/** What the client says of a task that it had no room to ask for. */
const UNASKED = "unasked";
/** The request goes on beyond that, and what it brings is kept for the next call. */
const CALL_TIMEOUT_MS = 45_000;
/** A store that makes many commits as one is the faster for it. */
const SAVES_AT_ONCE = 32;
/** Of so many tasks the client asks for as many in one request as there is room for. */
const MAX_COUNT = 1_000;

/**
 * Asks for the tasks of all batches of one client, as many in one request as there is room for. What fails, fails for
 * all of them, and for no others.
 *
 * @param due Who has waited longest first.
 * @param keptRequests How many requests of the budget are for other work.
 */
export async function askClient(
  round: CollectRound,
  client: Client,
  due: readonly DueBatch[],
  keptRequests: number,
): Promise<void> {
  const { budget } = round;
  const queue = createAskQueue(round, due);
  const requestsLeft = () => budget.left() - keptRequests;
  while (!budget.isLate() && requestsLeft() > 0) {
    const chunk = await queue.take(MAX_COUNT);
    if (chunk.length === 0) break;
    try {
      await askFor(round, client, chunk, { requestsLeft, isOpen: (batch) => batch === queue.rest().open });
    } catch (error) {
      putBack(chunk);
      const { open, waiting } = queue.rest();
      const begun = [...new Set([...chunk.map(({ batch }) => batch), ...(open === undefined ? [] : [open])])];
      for (const batch of begun) if (batch.news.size > 0) await save(round, batch);
      if (error === SPENT || round.signal.aborted) return;
      return await fail(round, [...begun.map(({ found }) => found), ...waiting], error);
    }
  }
  const { open } = queue.rest();
  if (open !== undefined) await save(round, open);
}

/** How far the asking may go. */
interface Asking {
  requestsLeft(): number;
  /** Whether more of the batch is to be asked for after these tasks. */
  isOpen(batch: AskedBatch): boolean;
}

/** Asks for these tasks until the client has asked for all, or nothing more may be asked for, and writes their batches. */
async function askFor(
  round: CollectRound,
  client: Client,
  chunk: readonly Place[],
  asking: Asking,
): Promise<void> {
  const { requestsLeft, isOpen } = asking;
  const { unstored } = round.context;
  let left = chunk;
  while (left.length > 0 && !round.budget.isLate() && requestsLeft() > 0) {
    await unstored.storeAgain(); // Before more is read: until the store takes results again, there are no more to lose.
    let outcomes: TaskOutcome[];
    try {
      outcomes = await call(round, client, left.map(entryAt), requestsLeft());
    } catch (error) {
      // One record that cannot be read spoils an answer: the batch that it belongs to is to fail alone.
      if (!(error instanceof ComputeDecodeError)) throw error;
      const parts = byBatch(left);
      if (parts.size === 1) return await fail(round, [...parts.keys()].map(({ found }) => found), error);
      for (const part of parts.values()) await askFor(round, client, part, asking);
      return;
    }
    await unstored.storeAgain().catch(() => {}); // It may have failed for a moment; if not, the next request tells.
    const nowMs = round.context.clock.nowMs();
    const next: Place[] = [];
    for (const [place, asked] of left.entries()) {
      const outcome = outcomes[place] as TaskOutcome;
      if (outcome.state === "pending" && outcome.status === UNASKED) next.push(asked);
      else noteNews(round.context, asked, outcome, nowMs);
    }
    left = next;
  }
  putBack(left); // They are due still.
  const asked = [...byBatch(chunk).keys()].filter((batch) => !isOpen(batch));
  await inParallel(asked, SAVES_AT_ONCE, (batch) => save(round, batch));
}

function entryAt({ batch, index }: Place): TaskEntry {
  return batch.entries[index] as TaskEntry;
}

function noteNews(context: EdgeContext, place: Place, outcome: TaskOutcome, nowMs: number): void {
  const entry = entryAt(place);
  // It is not done before the store has its result: the next round finds it there.
  if (context.unstored.has(entry.taskId)) return;
  const missingForMs = missingMs(context, entry, nowMs);
  const news = newsOf(entry, outcome, { nowMs, missingForMs });
  if (news === undefined) return;
  place.batch.news.set(place.index, news);
  missingMs(context, news, nowMs); // From now on it is seen here.
}

/** For how long a task is missing: as this process has seen it, or else by the times of whoever noted it. */
function missingMs({ sightings }: EdgeContext, entry: TaskEntry, nowMs: number): number | undefined {
  const { taskId, missingSinceMs } = entry;
  if (missingSinceMs === undefined) return undefined;
  return sightings.forMs(`missing/${taskId}`, String(missingSinceMs)) ?? nowMs - missingSinceMs;
}

/** Asks once. */
async function call(
  { budget, lane, signal }: CollectRound,
  client: Client,
  tasks: readonly TaskEntry[],
  maxRequests: number,
): Promise<TaskOutcome[]> {
  if (!await lane.permit()) throw SPENT;
  // A request that fails is sent again, as far as the budget goes.
  const stop = budget.stopAfter(maxRequests);
  try {
    return await getBatchResult(client, tasks.map(({ taskId }) => taskId), {
      maxRequests: 1,
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
