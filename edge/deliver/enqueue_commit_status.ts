import { compareAndSet } from "../../src/store/writes.ts";
import type { EdgeContext } from "../context.ts";
import type { BatchRecord } from "../records/batch_record.ts";
import { readRecord } from "../records/json_record.ts";
import { outboxKey } from "../records/keys.ts";
import type { StatusEntry } from "./outbox.ts";

/** What GitHub knows of a commit. */
export type CommitState = "pending" | "success" | "failure" | "error";

/**
 * Has the commit of a batch told how far it is; nothing happens where the batch has none. What waits and is older is
 * not told any more, and what waits and is the end stays.
 */
export async function enqueueCommitStatus(
  context: EdgeContext,
  { id, hook, commit }: BatchRecord,
  state: CommitState,
): Promise<void> {
  const { store, clock, retentionMs: expiresInMs } = context;
  if (commit === undefined || context.hooks.get(hook)?.commitStatus === undefined) return;
  const key = outboxKey(id, "commitStatus");
  const nowMs = clock.nowMs();
  const entry: StatusEntry = {
    kind: "commitStatus",
    batchId: id,
    hook,
    state,
    attempts: 0,
    dueAtMs: nowMs,
    touchedAtMs: nowMs,
  };
  for (;;) {
    const found = await readRecord<StatusEntry>(store, key);
    if (found?.value.state === state || (found !== undefined && state === "pending")) return;
    if (await compareAndSet(store, key, found?.text, JSON.stringify(entry), { expiresInMs })) break;
  }
  await context.due(entry.dueAtMs);
}

/** What a commit is told at the end of its batch. */
export function endOf({ state, counts }: BatchRecord): CommitState {
  if (state !== "done") return "error";
  if (counts.failed > 0) return "failure";
  return counts.lost > 0 ? "error" : "success";
}
