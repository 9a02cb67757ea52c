import { compareAndSet } from "../../src/store/writes.ts";
import type { EdgeContext } from "../context.ts";
import type { BatchRecord } from "../records/batch_record.ts";
import { outboxKey } from "../records/keys.ts";
import type { ResultsEntry } from "./outbox.ts";
import { planPages } from "./plan_pages.ts";

/**
 * Puts the results of a batch that has ended into the outbox, once, however often it is called: the messages have
 * the same ids each time, and what was delivered is not delivered again.
 *
 * @param isOver Asked now and then: where it says so, another call goes on.
 * @returns Whether it is done.
 */
export async function enqueue(
  context: EdgeContext,
  record: BatchRecord,
  isOver: () => boolean = () => false,
): Promise<boolean> {
  const { store, clock, retentionMs: expiresInMs } = context;
  const target = context.hooks.get(record.hook)?.deliver;
  if (target === undefined) return true;
  const plan = await planPages(context, record, target, isOver);
  if (plan?.isOver) return true;
  if (!plan?.isWhole) return false;
  const nowMs = clock.nowMs();
  const entry: ResultsEntry = {
    kind: "results",
    batchId: record.id,
    hook: record.hook,
    pages: plan.starts.length,
    next: 1,
    retries: [],
    delivered: 0,
    touchedAtMs: nowMs,
  };
  await compareAndSet(store, outboxKey(record.id, "results"), undefined, JSON.stringify(entry), {
    expiresInMs,
  });
  await context.due(nowMs);
  return true;
}
