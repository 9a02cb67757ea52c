import type { StoreChange } from "../../mod.ts";
import type { EdgeContext } from "../context.ts";
import type { BatchRecord } from "../records/batch_record.ts";
import { openKey, outboxKey } from "../records/keys.ts";
import { commitStatusEntry } from "./commit_status_entry.ts";
import type { CommitState, ResultsEntry } from "./outbox.ts";
import { planPages } from "./plan_pages.ts";

/**
 * Does what belongs to the end of a batch: in one commit it leaves the list of those that are open, and what is to be told
 * of it comes into the outbox. So each message comes there once, however often and in however many processes it is called.
 *
 * @param isOver Asked now and then: where it says so, another call goes on.
 * @returns Whether this call has done it.
 */
export async function finishBatch(
  context: EdgeContext,
  record: BatchRecord,
  isOver: () => boolean = () => false,
): Promise<boolean> {
  const { store, clock } = context;
  const entries = isPromised(context, record) ? await entriesOf(context, record, isOver) : [];
  if (entries === undefined) return false;
  const open = { key: openKey(record.id), expected: String(record.createdAtMs), value: null };
  if (!await store.commit([open, ...entries])) return false;
  if (entries.length > 0) await context.due(clock.nowMs());
  return true;
}

/** Whether the end is to be sent: where the service refused the batch at once, the answer has said so. */
function isPromised({ hooks }: EdgeContext, { state, hook }: BatchRecord): boolean {
  return state !== "refused" || hooks.get(hook)?.answer === "accepted";
}

/** What comes into the outbox; nothing where it is not known yet, as another call goes on. */
async function entriesOf(
  context: EdgeContext,
  record: BatchRecord,
  isOver: () => boolean,
): Promise<StoreChange[] | undefined> {
  const { clock, hooks, retentionMs: expiresInMs } = context;
  const status = commitStatusEntry(context, record, endOf(record));
  const target = hooks.get(record.hook)?.deliver;
  if (target === undefined) return status;
  const planned = await planPages(context, record, target, isOver);
  if (planned === undefined) return undefined;
  const entry: ResultsEntry = {
    kind: "results",
    batchId: record.id,
    hook: record.hook,
    pages: planned.plan.starts.length,
    next: 1,
    retries: [],
    delivered: 0,
    touchedAtMs: clock.nowMs(),
  };
  const results = { key: outboxKey(record.id, "results"), value: JSON.stringify(entry), expiresInMs };
  return [...status, planned.change, results];
}

/** What a commit is told at the end of its batch. */
function endOf({ state, counts }: BatchRecord): CommitState {
  if (state !== "done") return "error";
  if (counts.failed > 0) return "failure";
  return counts.lost > 0 ? "error" : "success";
}
