import type { StoreChange } from "../../mod.ts";
import type { EdgeContext } from "../context.ts";
import { outboxAtEnd, statusEntry } from "../deliver/outbox.ts";
import { type BatchRecord, isEnded, type TaskEntry } from "../records/batch_record.ts";
import { changeBatch } from "../records/change_batch.ts";
import { readRecord } from "../records/json_record.ts";
import { outboxKey, pagesKey, sentKey, tasksKey } from "../records/keys.ts";
import { commitsOf } from "../../src/store/writes.ts";
import { resultKey } from "../unstored_results.ts";
import { asSubmitted, isToSubmit, tasksWith, tell, tellSubmitted, withTaken } from "./steps.ts";
import { inTime, submitBatch } from "./submit_batch.ts";

/**
 * What an operator decides:
 *
 * - `submitAgain`: what the service does not surely have is sent again: tasks of it may run twice;
 * - `adopt`: the tasks that were found are taken for those of which nobody knew, in the order in which they were found;
 * - `abandon`: nothing more is done; tasks of it may run;
 * - `remove`: its payload and its results are removed, now; one that is not at its end is abandoned.
 */
export type Decision = "submitAgain" | "adopt" | "abandon" | "remove";

/** What a decision came to. */
export type DecisionOutcome =
  | { readonly state: "decided"; readonly record: BatchRecord }
  | { readonly state: "notFound" }
  /** It cannot be done, in words for the operator. */
  | { readonly state: "refused"; readonly reason: string };

/** Does what an operator has decided about a batch. */
export async function decide(
  context: EdgeContext,
  batchId: string,
  decision: Decision,
): Promise<DecisionOutcome> {
  let reason: string | undefined;
  const { found, isTaken } = await changeBatch(context, batchId, {
    make(record, nowMs) {
      reason = whyNot(record, decision);
      return reason === undefined ? DECIDED[decision](record, nowMs) : undefined;
    },
    also: (next, record) => alsoWritten(context, next, { record, decision }),
  });
  if (found === undefined) return { state: "notFound" };
  if (!isTaken) {
    // It may be decided already, by a call that did not come to its end.
    if (isToSubmit(found.value)) await context.due(context.clock.nowMs());
    return { state: "refused", reason: reason ?? "It is as it was" };
  }
  const { value: record } = found;
  if (record.state === "running") await tellSubmitted(context, record);
  else if (record.state === "abandoned" && decision === "abandon") tell(context, "batchAbandoned", record);
  if (decision === "remove") await removeResults(context, record);
  await context.due(context.clock.nowMs());
  if (!isToSubmit(record)) return { state: "decided", record };
  const holding = await inTime(context, batchId, submitBatch(context, batchId));
  return { state: "decided", record: holding?.isHeld ? holding.value.record ?? record : record };
}

/** Why a decision cannot be made about a batch; nothing where it can. */
function whyNot(
  { state, sending, doubt, taskCount, takenCount, taskGroupId }: BatchRecord,
  decision: Decision,
) {
  if (sending !== undefined) return "The batch is just being submitted: decide in a moment";
  if (decision === "remove") return undefined;
  if (decision === "adopt" && state === "inDoubt" && doubt !== undefined) {
    const { count, recoveredTaskIds: { length } } = doubt;
    return length === count && count > 0 && taskGroupId !== undefined
      ? undefined
      : `The batch has ${taskCount} tasks, and ${takenCount + length} were found`;
  }
  if (state === "inDoubt" || state === "partlySubmitted" && decision !== "adopt") return undefined;
  return `The batch is not in doubt: its state is '${state}'`;
}

const DECIDED: Readonly<Record<Decision, (record: BatchRecord, nowMs: number) => BatchRecord>> = {
  submitAgain: (record) => ({
    ...record,
    state: record.takenCount > 0 ? "partlySubmitted" : "submitting",
    submission: { ...record.submission, nextAtMs: 0 },
  }),
  adopt(record, nowMs) {
    const taken = withTaken(record, adopted(record), nowMs);
    if (taken.takenCount === record.taskCount) return asSubmitted(taken);
    const { doubt: _, ...rest } = taken;
    return { ...rest, state: "partlySubmitted", submission: { ...record.submission, nextAtMs: 0 } };
  },
  abandon: abandoned,
  remove: (record, nowMs) => ({
    ...(isEnded(record.state) ? record : abandoned(record, nowMs)),
    removedAtMs: nowMs,
  }),
};

function abandoned(record: BatchRecord, nowMs: number): BatchRecord {
  const { nextAtMs: _, ...submission } = record.submission;
  const { collection: __, ...rest } = record;
  return { ...rest, state: "abandoned", endedAtMs: nowMs, submission };
}

/** The tasks that were found, as those that an attempt has taken. */
function adopted({ takenCount, taskGroupId, doubt }: BatchRecord) {
  return { startCount: takenCount, taken: doubt?.recoveredTaskIds ?? [], taskGroupId };
}

async function alsoWritten(
  context: EdgeContext,
  next: BatchRecord,
  { record, decision }: { record: BatchRecord; decision: Decision },
): Promise<StoreChange[]> {
  const { id } = record;
  switch (decision) {
    case "submitAgain":
      return [];
    case "adopt":
      return [
        ...await tasksWith(context, record, adopted(record)),
        ...(next.state === "running" ? statusEntry(context, next, "pending") : []),
      ];
    case "abandon":
      return outboxAtEnd(context, next);
    case "remove":
      return [
        { key: sentKey(id), value: null },
        { key: pagesKey(id), value: null },
        { key: outboxKey(id, "results"), value: null },
        ...(isEnded(record.state) ? [] : statusEntry(context, next, "error")),
      ];
  }
}

/** Removes the results of a batch whose results nobody collects any more. */
export async function removeResults({ store }: EdgeContext, { id }: Pick<BatchRecord, "id">): Promise<void> {
  const entries = (await readRecord<TaskEntry[]>(store, tasksKey(id)))?.value ?? [];
  const removals = entries.map(({ taskId }) => ({ key: resultKey(taskId), value: null }));
  for (const some of commitsOf(removals)) await store.commit(some);
}
