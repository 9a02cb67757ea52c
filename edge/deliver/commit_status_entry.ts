import type { StoreChange } from "../../mod.ts";
import type { EdgeContext } from "../context.ts";
import type { BatchRecord } from "../records/batch_record.ts";
import { outboxKey } from "../records/keys.ts";
import type { CommitState, StatusEntry } from "./outbox.ts";

/**
 * The change that has the commit of a batch told how far it is, in place of what waits to be told before; none where the
 * batch has no commit.
 */
export function commitStatusEntry(
  { clock, hooks, retentionMs: expiresInMs }: EdgeContext,
  { id, hook, commit }: BatchRecord,
  state: CommitState,
): StoreChange[] {
  if (commit === undefined || hooks.get(hook)?.commitStatus === undefined) return [];
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
  return [{ key: outboxKey(id, "commitStatus"), value: JSON.stringify(entry), expiresInMs }];
}
