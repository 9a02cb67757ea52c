import { pagesKey } from "../records/keys.ts";
import { type DeliveryRound, readBatch, tellMessage } from "./delivery_round.ts";
import { isGone, isResting, letRest, noteGone, receiverOf } from "./receiver_state.ts";
import { readRecord } from "../records/json_record.ts";
import { deliverPage, messageIdOf, type PageOutcome } from "./deliver_page.ts";
import { isEnded } from "../records/batch_record.ts";
import {
  afterPage,
  duePage,
  type PageRetry,
  removeEntry,
  type ResultsEntry,
  type WaitingEntry,
  writeEntry,
} from "./outbox.ts";
import { type PagePlan, planPages } from "./plan_pages.ts";
import { nextAttemptAtMs } from "./retry_schedule.ts";

type Waiting = WaitingEntry<ResultsEntry>;

/**
 * Sends the messages of a batch that are due, one after the other, and notes after each what became of it: a process
 * that ends in between sends one message twice, with the same id.
 */
export async function deliverResults(round: DeliveryRound, found: Waiting): Promise<void> {
  const { context, budget, resting } = round;
  const { batchId, hook } = found.value;
  const target = context.hooks.get(hook)?.deliver;
  if (target === undefined) return await dropAll(round, found, "the hook has no receiver any more");
  const receiver = await receiverOf(target.url);
  if (budget.isOver()) return;
  if (await isResting(round, receiver)) return await postpone(round, found, receiver);
  if (await isGone(context, receiver)) {
    return await dropAll(round, found, "the receiver wants no more messages");
  }
  const batch = await readBatch(round, batchId);
  if (batch === undefined || batch.record.removedAtMs !== undefined || !isEnded(batch.record.state)) {
    return await dropAll(round, found, "the batch is not kept any more");
  }
  let waiting: Waiting | undefined = found;
  let plan: PagePlan | undefined;
  if (found.value.pages === undefined) {
    const planned = await planPages(context, batch.record, target, {
      isOver: budget.isLate,
      check: { key: found.key, expected: found.text },
    });
    if (planned === undefined) return;
    plan = planned.plan;
    waiting = await writeEntry(context, found, { ...found.value, pages: plan.starts.length }, [
      planned.change,
    ]);
  } else plan = (await readRecord<PagePlan>(context.store, pagesKey(batchId)))?.value;
  if (plan === undefined) return await dropAll(round, found, "the batch is not kept any more");

  while (waiting !== undefined && waitingMessages(waiting.value) > 0) {
    const due = duePage(waiting.value, context.clock.nowMs());
    if (due === undefined || budget.isLate()) return;
    if (resting.has(receiver)) return await postpone(round, waiting, receiver);
    const reserved = budget.reserve();
    if (reserved === undefined) return;
    const { page, attempts } = due;
    let outcome: PageOutcome;
    try {
      if (!await round.lane.permit()) return;
      outcome = await deliverPage(round, target, { batch, plan, page });
    } finally {
      reserved.release();
    }
    if (round.signal.aborted && outcome.state === "failed") return; // Cut short: no attempt.
    if (outcome.state === "gone") {
      await noteGone(context, receiver);
      return await dropAll(
        round,
        waiting,
        "the receiver answered 410: it wants no more messages",
        outcome.status,
      );
    }
    if (outcome.state === "refused") return await dropAll(round, waiting, outcome.cause);
    waiting = await noteOutcome(round, waiting, { page, attempts: attempts + 1, receiver, outcome });
  }
  if (waiting !== undefined) await finish(round, waiting);
}

/** How many messages of an entry wait. */
function waitingMessages({ pages = 1, next, retries }: ResultsEntry): number {
  return pages - next + 1 + retries.length;
}

/** Leaves the messages of a batch for a receiver that is left alone until it is not. */
async function postpone(round: DeliveryRound, waiting: Waiting, receiver: string): Promise<void> {
  const untilMs = round.resting.get(receiver) ?? 0;
  const { retries, nextAtMs } = waiting.value;
  await writeEntry(round.context, waiting, {
    ...waiting.value,
    nextAtMs: Math.max(nextAtMs, untilMs),
    retries: retries.map((retry) => ({ ...retry, dueAtMs: Math.max(retry.dueAtMs, untilMs) })),
  });
}

async function noteOutcome(
  round: DeliveryRound,
  waiting: Waiting,
  { page, attempts, receiver, outcome }: {
    page: number;
    attempts: number;
    receiver: string;
    outcome: Extract<PageOutcome, { state: "delivered" | "failed" }>;
  },
): Promise<Waiting | undefined> {
  const { context } = round;
  const nowMs = context.clock.nowMs();
  const isDelivered = outcome.state === "delivered";
  const dueAtMs = isDelivered ? undefined : nextAttemptAtMs(nowMs, attempts, outcome.retryAfterMs);
  const retry: PageRetry | undefined = dueAtMs === undefined ? undefined : { page, attempts, dueAtMs };
  const changed = afterPage(waiting.value, page, { isDelivered, retry, nowMs });
  if (!isDelivered && outcome.isDown) {
    await letRest(round, receiver, { nextAtMs: dueAtMs, retryAfterMs: outcome.retryAfterMs });
  }
  const written = await writeEntry(context, waiting, changed);
  tellMessage(round, waiting.value, {
    kind: isDelivered ? "messageDelivered" : retry === undefined ? "messageDropped" : "messagePostponed",
    messageId: messageIdOf(waiting.value.batchId, page),
    attempts,
    ...(outcome.status === undefined ? {} : { status: outcome.status }),
    ...(isDelivered ? {} : { cause: outcome.cause }),
  });
  const isHopeless = !isDelivered && retry === undefined && changed.delivered === 0;
  if (written === undefined || !isHopeless) return written;
  // For days it has taken nothing of this batch: the other pages would fare no better.
  await dropAll(round, written, "the receiver has taken no message of the batch");
  return undefined;
}

async function dropAll(
  round: DeliveryRound,
  waiting: Waiting,
  cause: string,
  status?: number,
): Promise<void> {
  const { batchId, next, pages = 1, retries } = waiting.value;
  if (!await finish(round, waiting)) return;
  const fresh = Array.from({ length: pages - next + 1 }, (_, place) => ({ page: next + place, attempts: 0 }));
  for (const { page, attempts } of [...retries, ...fresh]) {
    tellMessage(round, waiting.value, {
      kind: "messageDropped",
      messageId: messageIdOf(batchId, page),
      attempts,
      cause,
      ...(status === undefined ? {} : { status }),
    });
  }
}

/** Takes out what waits, and with it how it is divided: nothing puts it into the outbox again. */
async function finish({ context }: DeliveryRound, waiting: Waiting): Promise<boolean> {
  return await removeEntry(context, waiting, pagesKey(waiting.value.batchId));
}
