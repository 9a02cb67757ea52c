import type { Budget } from "../collect/budget.ts";
import type { EdgeContext } from "../context.ts";
import { OUTBOX_PREFIX } from "../records/keys.ts";
import { type DeliveryRound, readBatch, tellMessage } from "./delivery_round.ts";
import { isResting, letRest, receiverOf } from "./receiver_state.ts";
import { isEnded } from "../records/batch_record.ts";
import {
  entryDueAtMs,
  type OutboxEntry,
  removeEntry,
  type ResultsEntry,
  type StatusEntry,
  type WaitingEntry,
  waitingMessages,
  writeEntry,
} from "./outbox.ts";
import { inParallel } from "../in_parallel.ts";
import { readListed } from "../records/json_record.ts";
import type { MessageEvent } from "../event.ts";
import { deliverResults, type LeftOver } from "./deliver_results.ts";
import { nextAttemptAtMs } from "./retry_schedule.ts";
import { isCommit } from "./commit_of.ts";
import { apiOf, NO_TOKEN, sendStatus } from "./send_status.ts";
import type { SendOutcome } from "./send_once.ts";

/** How the outbox stands. */
export interface OutboxReport {
  /** How many messages wait. */
  waitingMessages: number;
  /** When something is due; nothing where nothing waits. */
  nextAtMs: number | undefined;
}

/** Receivers that are sent to at the same time; a Worker has six connections. */
const WIDTH = 4;
/** After how long what has failed here, and not at the receiver, is tried again. */
const FAILURE_DELAY_MS = 30_000;

/** Delivers what is due of the outbox, what has waited longest first, as far as the budget goes. */
export async function deliverDue(
  context: EdgeContext,
  budget: Budget,
  signal: AbortSignal,
): Promise<OutboxReport> {
  const entries = await readOutbox(context);
  const nowMs = context.clock.nowMs();
  const dueEntries = entries
    .filter(({ value }) => entryDueAtMs(value, nowMs) <= nowMs)
    .sort((one, other) => entryDueAtMs(one.value, nowMs) - entryDueAtMs(other.value, nowMs));
  const leftOvers: LeftOver[] = entries
    .filter(({ value }) => entryDueAtMs(value, nowMs) > nowMs)
    .map(({ value }) => ({ messages: waitingMessages(value), dueAtMs: entryDueAtMs(value, nowMs) }));

  const round: DeliveryRound = { context, budget, signal, resting: new Map(), addresses: new Map() };
  await inParallel(byReceiver(context, dueEntries), WIDTH, async (line) => {
    for (const waiting of line) {
      const left = await deliver(round, waiting);
      if (left !== undefined) leftOvers.push(left);
    }
  });
  return report(leftOvers);
}

/** How the outbox stands, without anything being sent. */
export async function surveyOutbox(context: EdgeContext): Promise<OutboxReport> {
  const entries = await readOutbox(context);
  const nowMs = context.clock.nowMs();
  return report(
    entries.map(({ value }) => ({ messages: waitingMessages(value), dueAtMs: entryDueAtMs(value, nowMs) })),
  );
}

/** Entries for one receiver stand in one line: where it does not answer, the others need not find that out. */
function byReceiver({ hooks }: EdgeContext, entries: readonly WaitingEntry[]): WaitingEntry[][] {
  const lines = new Map<string | undefined, WaitingEntry[]>();
  for (const waiting of entries) {
    const { kind, hook: name } = waiting.value;
    const hook = hooks.get(name);
    const receiver = kind === "results" ? hook?.deliver?.url : hook?.commitStatus && apiOf(hook.commitStatus);
    const line = lines.get(receiver);
    if (line === undefined) lines.set(receiver, [waiting]);
    else line.push(waiting);
  }
  return [...lines.values()];
}

async function deliver(round: DeliveryRound, waiting: WaitingEntry): Promise<LeftOver | undefined> {
  const { context: { tell, clock } } = round;
  const { value } = waiting;
  try {
    return value.kind === "commitStatus"
      ? await deliverCommitStatus(round, waiting as WaitingEntry<StatusEntry>)
      : await deliverResults(round, waiting as WaitingEntry<ResultsEntry>);
  } catch (error) {
    // The store has failed, for one: others go on, and this one is tried again after a while.
    tell({ kind: "collectFailed", batchIds: [value.batchId], error });
    return { messages: waitingMessages(value), dueAtMs: clock.nowMs() + FAILURE_DELAY_MS };
  }
}

async function readOutbox(context: EdgeContext): Promise<WaitingEntry[]> {
  const keyOf = (id: string) => OUTBOX_PREFIX + id;
  const listed = await readListed<OutboxEntry>(context, OUTBOX_PREFIX, keyOf);
  return listed.flatMap(({ id, found }) => found === undefined ? [] : [{ key: keyOf(id), ...found }]);
}

function report(leftOvers: readonly LeftOver[]): OutboxReport {
  return {
    waitingMessages: leftOvers.reduce((sum, { messages }) => sum + messages, 0),
    nextAtMs: leftOvers.length === 0
      ? undefined
      : leftOvers.reduce((at, { dueAtMs }) => Math.min(at, dueAtMs), Infinity),
  };
}

type Waiting = WaitingEntry<StatusEntry>;
type MessageNews = Omit<MessageEvent, "hook" | "batchId" | "messageId">;

/** What will not be another way the next time: no such repository or token, or GitHub does not take it. */
const FINAL_STATUS: ReadonlySet<number> = new Set([401, 404, 410, 422]);

/**
 * Tells a commit on GitHub how far its batch is.
 *
 * @returns What is left to be done; nothing where all is over.
 */
async function deliverCommitStatus(
  round: DeliveryRound,
  waiting: Waiting,
): Promise<LeftOver | undefined> {
  const { context, budget } = round;
  const { batchId, hook, state, attempts } = waiting.value;
  const target = context.hooks.get(hook)?.commitStatus;
  const receiver = await receiverOf(target === undefined ? "" : apiOf(target));
  const later = (): LeftOver => ({
    messages: 1,
    dueAtMs: Math.max(entryDueAtMs(waiting.value, context.clock.nowMs()), round.resting.get(receiver) ?? 0),
  });
  if (budget.isOver() || await isResting(round, receiver)) return later();
  const record = (await readBatch(round, batchId))?.record;
  if (target === undefined || !isCommit(record?.commit)) {
    return await end(round, waiting, {
      kind: "messageDropped",
      attempts,
      cause: "there is no commit to tell",
    });
  }
  if (state === "pending" && isEnded(record.state)) return await end(round, waiting); // Its end has been told, or will be.
  const reserved = budget.reserve();
  if (reserved === undefined) return later();
  let answer: SendOutcome;
  try {
    answer = await sendStatus(round, target, record, state);
  } finally {
    reserved.release();
  }
  const { status } = answer;
  const told = { attempts: attempts + 1, ...(status === undefined ? {} : { status }) };
  if (status !== undefined && status >= 200 && status < 300) {
    return await end(round, waiting, { kind: "messageDelivered", ...told });
  }
  if (round.signal.aborted) return later(); // It was cut short, and is no attempt.
  const cause = answer.status === undefined ? answer.cause : `GitHub answered ${status}`;
  if (status !== undefined && FINAL_STATUS.has(status)) {
    return await end(round, waiting, { kind: "messageDropped", ...told, cause });
  }
  const retryAfterMs = waitOf(answer, context.clock.nowMs());
  const nowMs = context.clock.nowMs();
  const nextMs = nextAttemptAtMs(nowMs, told.attempts, retryAfterMs);
  if (isDown(answer)) await letRest(round, receiver, { nextAtMs: nextMs, retryAfterMs });
  if (nextMs === undefined) return await end(round, waiting, { kind: "messageDropped", ...told, cause });
  const changed = { ...waiting.value, attempts: told.attempts, dueAtMs: nextMs, touchedAtMs: nowMs };
  const written = await writeEntry(context.store, waiting, changed, context.retentionMs);
  tellStatus(round, batchId, hook, { kind: "messagePostponed", ...told, cause });
  return written === undefined ? another(round) : { messages: 1, dueAtMs: nextMs };
}

/** Takes an entry out, and tells why, where there is something to tell. */
async function end(
  round: DeliveryRound,
  waiting: Waiting,
  about?: MessageNews,
): Promise<LeftOver | undefined> {
  const isOver = await removeEntry(round.context.store, waiting);
  const { batchId, hook } = waiting.value;
  if (about !== undefined) tellStatus(round, batchId, hook, about);
  return isOver ? undefined : another(round);
}

/** What stands there now is another entry, which came meanwhile. */
function another({ context }: DeliveryRound): LeftOver {
  return { messages: 1, dueAtMs: context.clock.nowMs() };
}

function isDown(answer: SendOutcome): boolean {
  const { status } = answer;
  if (status === undefined) return answer.cause !== NO_TOKEN; // That is the hook's, and not GitHub's.
  return status >= 500 || status === 429 || isLimited(answer);
}

/** GitHub answers 403, too, to who has asked too often. */
function isLimited(answer: SendOutcome): boolean {
  return answer.status === 403 &&
    (answer.retryAfterMs !== undefined || answer.headers.get("x-ratelimit-remaining") === "0");
}

/** How long GitHub asks to be left alone. */
function waitOf(answer: SendOutcome, nowMs: number): number | undefined {
  if (answer.status === undefined) return undefined;
  if (answer.retryAfterMs !== undefined) return answer.retryAfterMs;
  const resetSeconds = Number(answer.headers.get("x-ratelimit-reset") ?? NaN);
  return isLimited(answer) && resetSeconds > 0 ? Math.max(0, resetSeconds * 1000 - nowMs) : undefined;
}

function tellStatus(round: DeliveryRound, batchId: string, hook: string, news: MessageNews): void {
  tellMessage(round, { batchId, hook }, { messageId: `status_${batchId}`, ...news });
}
