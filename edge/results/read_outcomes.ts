import type { Client, TaskOutcome } from "../../mod.ts";
import { createClient } from "../compute.ts";
import { getBatchResult } from "../compute_tasks.ts";
import type { EdgeContext } from "../context.ts";
import type { BatchRecord, TaskEntry } from "../records/batch_record.ts";
import { readRecord } from "../records/json_record.ts";
import { tasksKey } from "../records/keys.ts";

/**
 * The outcomes of some tasks of a batch, in its order, as the store has them: nothing is sent. Of a batch whose tasks
 * nobody knows yet there are none, and a result that the store has no more is `notFound`.
 *
 * All of them stand in memory at once: ask for few where they may be large.
 */
export async function readOutcomes(
  context: EdgeContext,
  { id }: Pick<BatchRecord, "id">,
  { start, count }: { start: number; count: number },
): Promise<TaskOutcome[]> {
  const tasks = await readRecord<TaskEntry[]>(context.store, tasksKey(id));
  return await outcomesOf(context, tasks?.value.slice(start, start + count) ?? []);
}

/** The outcomes of these tasks, as the store has them. */
export async function outcomesOf(
  context: EdgeContext,
  entries: readonly TaskEntry[],
): Promise<TaskOutcome[]> {
  const kept = entries.filter(({ state }) => state !== "pending" && state !== "notFound");
  const outcomes = kept.length === 0
    ? []
    : await getBatchResult(readerOf(context), kept.map(({ taskId }) => taskId));
  const found = new Map(kept.map(({ taskId }, index) => [taskId, outcomes[index] as TaskOutcome]));
  return entries.map(({ taskId, state, status = "unknown" }) =>
    state === "pending" ? { taskId, state, status } : found.get(taskId) ?? { taskId, state: "notFound" }
  );
}

const readers = new WeakMap<EdgeContext, Client>();

/** A client whose service knows no task: all that it can tell of them is what the store has. */
function readerOf(context: EdgeContext): Client {
  const reader = readers.get(context) ?? createClient({
    authorizer: (request) => request,
    store: context.store,
    clock: context.clock,
    fetch: () => Promise.resolve(Response.json({ response: "batch", results: {} })),
    limiter: { acquire: () => Promise.resolve(), pause: () => {} },
  });
  readers.set(context, reader);
  return reader;
}
