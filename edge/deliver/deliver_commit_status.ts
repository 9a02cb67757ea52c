import { isEnded } from "../records/batch_record.ts";
import type { MessageEvent } from "../event.ts";
import { isCommit } from "./commit_of.ts";
import { type DeliveryRound, readBatch, tellMessage } from "./delivery_round.ts";
import type { LeftOver } from "./deliver_results.ts";
import { entryDueAtMs, removeEntry, type StatusEntry, type WaitingEntry, writeEntry } from "./outbox.ts";
import { isResting, letRest, receiverOf } from "./receiver_state.ts";
import { nextAttemptAtMs } from "./retry_schedule.ts";
import type { SendOutcome } from "./send_once.ts";
import { apiOf, NO_TOKEN, sendStatus } from "./send_status.ts";

type Waiting = WaitingEntry<StatusEntry>;
type MessageNews = Omit<MessageEvent, "hook" | "batchId" | "messageId">;

/** What will not be another way the next time: no such repository or token, or GitHub does not take it. */
const FINAL_STATUS: ReadonlySet<number> = new Set([401, 404, 410, 422]);

/**
 * Tells a commit on GitHub how far its batch is.
 *
 * @returns What is left to be done; nothing where all is over.
 */
export async function deliverCommitStatus(
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
