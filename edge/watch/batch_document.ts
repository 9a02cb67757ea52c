import type { EdgeContext } from "../context.ts";
import { type BatchRecord, isEnded, type TaskEntry } from "../records/batch_record.ts";
import { batchAddresses } from "./batch_addresses.ts";
import { type BatchSummary, batchSummary, iso } from "./batch_summary.ts";
import { type ShownTask, shownTasks } from "./shown_task.ts";
import type { TaskRange } from "./task_range.ts";

/** A batch, as `GET /batches/{id}` shows it. */
export interface BatchDocument extends BatchSummary {
  submission?: { attempts: number; nextAttemptAt?: string; problem?: string };
  doubt?: { message: string; since: string; accepted: ShownDoubtTask[]; recoveredTaskIds: string[] };
  commit?: { repository: string; sha: string };
  tasks: ShownTask[];
  links: Record<string, string>;
}

interface ShownDoubtTask {
  index: number;
  taskId: string;
}

/** Makes the document of a batch, with a part of its tasks. */
export function batchDocument(
  { baseUrl }: EdgeContext,
  record: BatchRecord,
  entries: readonly TaskEntry[] | undefined,
  { range, capability }: { range: TaskRange; capability: string | undefined },
): BatchDocument {
  const { doubt, commit } = record;
  const submission = shownSubmission(record);
  return {
    ...batchSummary(record),
    ...(submission === undefined ? {} : { submission }),
    ...(doubt === undefined ? {} : { doubt: shownDoubt(doubt) }),
    ...(commit === undefined ? {} : { commit: { repository: commit.repository, sha: commit.sha } }),
    tasks: shownTasks(record, entries, range),
    links: links(baseUrl, record, range, capability),
  };
}

/** How the submission goes, for as long as that is of interest. */
function shownSubmission(
  { state, submission }: BatchRecord,
): BatchDocument["submission"] {
  if (state !== "submitting" && state !== "refused") return undefined;
  const { attempts, nextAttemptAtMs, problem } = submission;
  return {
    attempts,
    ...(isEnded(state) ? {} : { nextAttemptAt: iso(nextAttemptAtMs) }),
    ...(problem === undefined ? {} : { problem }),
  };
}

function shownDoubt({ message, sinceMs, accepted, recoveredTaskIds }: NonNullable<BatchRecord["doubt"]>) {
  return {
    message,
    since: iso(sinceMs),
    accepted: accepted.map(({ index, taskId }) => ({ index, taskId })),
    recoveredTaskIds: [...recoveredTaskIds],
  };
}

function links(
  baseUrl: string,
  { id, taskCount }: BatchRecord,
  range: TaskRange,
  capability: string | undefined,
): Record<string, string> {
  const addresses = batchAddresses(baseUrl, id, capability);
  const { start, count } = range;
  return {
    self: addresses.self(range),
    view: addresses.view(),
    events: addresses.events(),
    resultsJson: addresses.resultsJson,
    resultsCsv: addresses.resultsCsv,
    ...(start + count < taskCount ? { next: addresses.self({ start: start + count, count }) } : {}),
    ...(start > 0 ? { previous: addresses.self({ start: Math.max(start - count, 0), count }) } : {}),
  };
}
