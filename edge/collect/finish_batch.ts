import { remove } from "../../src/store/writes.ts";
import type { EdgeContext } from "../context.ts";
import { enqueue } from "../deliver/enqueue.ts";
import { endOf, enqueueCommitStatus } from "../deliver/enqueue_commit_status.ts";
import type { BatchRecord } from "../records/batch_record.ts";
import { openKey } from "../records/keys.ts";

/**
 * Does what belongs to the end of a batch, its place on the list last: whoever is ended in between, the next call
 * does it again, and nothing of it counts twice.
 *
 * @param isOver Asked now and then: where it says so, another call goes on.
 * @returns Whether it is done.
 */
export async function finishBatch(
  context: EdgeContext,
  record: BatchRecord,
  isOver: () => boolean,
): Promise<boolean> {
  if (isPromised(context, record)) {
    await enqueueCommitStatus(context, record, endOf(record));
    const isDelivered = context.hooks.get(record.hook)?.deliver !== undefined;
    if (isDelivered && !await enqueue(context, record, isOver)) return false;
  }
  await remove(context.store, openKey(record.id));
  return true;
}

/** Whether somebody waits for it: a sender whose delivery was refused at once was told by its answer. */
function isPromised({ hooks }: EdgeContext, { state, hook }: BatchRecord): boolean {
  return state !== "refused" || hooks.get(hook)?.answer === "accepted";
}
