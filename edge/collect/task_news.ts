import type { TaskOutcome } from "../../mod.ts";
import type { TaskCounts, TaskEntry } from "../records/batch_record.ts";

/**
 * How long a task is pending of which the service says that it has none, or no result: it may not know it yet, and
 * another process may just be about to put the result into the store.
 */
export const MISSING_MS = 10_000;

/** The service's own words are ASCII, 18 letters at most. Longer ones would make the table of a large batch too large. */
const MAX_STATUS_LENGTH = 32;

/**
 * What an outcome changes of a task; nothing where it is as it was.
 *
 * @param missingForMs For how long the service has said that it has no result for it, where it did before.
 */
export function newsOf(
  entry: TaskEntry,
  outcome: TaskOutcome,
  { nowMs, missingForMs }: { nowMs: number; missingForMs: number | undefined },
): TaskEntry | undefined {
  const { taskId } = entry;
  if (outcome.state === "pending") {
    const status = outcome.status.slice(0, MAX_STATUS_LENGTH).replace(/[^\w -]/g, "?");
    const isSame = entry.status === status && entry.missingSinceMs === undefined;
    return isSame ? undefined : { taskId, state: "pending", status };
  }
  if (isWithoutResult(outcome)) {
    // Less than nothing: the clock was set back since.
    if (missingForMs === undefined || missingForMs < 0) return { ...entry, missingSinceMs: nowMs };
    if (missingForMs < MISSING_MS) return undefined;
  }
  const completedAtMs = "completedAt" in outcome ? outcome.completedAt?.getTime() : undefined;
  return { taskId, state: outcome.state, ...(completedAtMs === undefined ? {} : { completedAtMs }) };
}

function isWithoutResult(outcome: TaskOutcome): boolean {
  return outcome.state === "notFound" || (outcome.state === "undecodable" && outcome.raw === "");
}

/**
 * Puts news into a list of tasks, whoever else has done so meanwhile: what has an end keeps it, but that a result
 * which was not there may turn up.
 *
 * @returns The tasks, or nothing where it changes none.
 */
export function mergeNews(
  entries: readonly TaskEntry[],
  news: ReadonlyMap<number, TaskEntry>,
): TaskEntry[] | undefined {
  const merged = [...entries];
  let isChanged = false;
  for (const [index, fresh] of news) {
    const entry = merged[index];
    if (entry === undefined || entry.taskId !== fresh.taskId || certainty(entry) > certainty(fresh)) continue;
    if (certainty(entry) === FINAL) continue;
    merged[index] = fresh;
    isChanged = true;
  }
  return isChanged ? merged : undefined;
}

const FINAL = 2;

function certainty({ state }: TaskEntry): number {
  return state === "pending" ? 0 : state === "notFound" ? 1 : FINAL;
}

/** Counts tasks by what is known of them: those that the service does not have yet are pending. */
export function countTasks(entries: readonly TaskEntry[], taskCount: number): TaskCounts {
  const counts: TaskCounts = { pending: taskCount - entries.length, success: 0, failed: 0, lost: 0 };
  for (const { state } of entries) {
    counts[state === "notFound" || state === "undecodable" ? "lost" : state]++;
  }
  return counts;
}
