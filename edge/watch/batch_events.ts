import type { EdgeContext } from "../context.ts";
import { type BatchRecord, isEnded, type TaskEntry } from "../records/batch_record.ts";
import { sha256Hex } from "../../src/base/sha256.ts";
import { readRecord } from "../records/json_record.ts";
import { batchKey } from "../records/keys.ts";
import { readTaskEntries, type ShownTask, shownTasks } from "./shown_task.ts";
import { decodeBits, encodeBits } from "./task_bits.ts";
import type { TaskRange } from "./task_range.ts";
import { STREAM_LIFETIME_MS } from "./stream_slots.ts";

/** The id of the last event: who comes back with it has seen all. */
export const DONE_ID = "done";

const READ_EVERY_MS = 1_000;
const HEARTBEAT_MS = 15_000;
const RECONNECT_MS = 2_000;

/** Where a stream begins, and when it ends before its time. */
export interface EventsStart {
  range: TaskRange;
  /** The id of the last event that the client has seen. */
  lastEventId: string | undefined;
  signal: AbortSignal;
}

/**
 * How a batch goes on, as server-sent events: `progress` with the counts and the tasks of the range that are
 * different from what the client has seen, and `done` at its end.
 */
export async function* batchEvents(
  context: EdgeContext,
  batchId: string,
  { range, lastEventId, signal }: EventsStart,
): AsyncGenerator<string, void, void> {
  const { clock } = context;
  const untilMs = clock.monotonicMs() + STREAM_LIFETIME_MS;
  let sentAtMs = clock.monotonicMs();
  let seenText: string | undefined;
  let seen = seenBefore(lastEventId, range);
  yield `retry: ${RECONNECT_MS}\n\n`;
  while (!signal.aborted) {
    const found = await readRecord<BatchRecord>(context.store, batchKey(batchId));
    if (found === undefined) return;
    if (found.text !== seenText) {
      seenText = found.text;
      const now = await snapshot(found.value, await readTaskEntries(context, batchId), range);
      if (now.id !== seen.id) {
        yield event("progress", now.id, { ...now.head, tasks: now.tasks.filter(seen.isNews) });
        sentAtMs = clock.monotonicMs();
      }
      seen = { id: now.id, isNews: differsFrom(now.tasks, range) };
    }
    if (isEnded(found.value.state)) {
      const { state, counts, taskCount } = found.value;
      yield event("done", DONE_ID, { state, counts, taskCount });
      return;
    }
    const nowMs = clock.monotonicMs();
    if (nowMs >= untilMs) return;
    if (nowMs - sentAtMs >= HEARTBEAT_MS) {
      yield ": still here\n\n";
      sentAtMs = nowMs;
    }
    await clock.sleep(READ_EVERY_MS, { signal }).catch(() => {});
  }
}

interface Snapshot {
  id: string;
  head: Pick<BatchRecord, "state" | "counts" | "taskCount">;
  tasks: readonly ShownTask[];
}

/** What a batch is like. Its id stands for all of it, and tells which tasks have ended. */
async function snapshot(
  record: BatchRecord,
  entries: readonly TaskEntry[] | undefined,
  range: TaskRange,
): Promise<Snapshot> {
  const { state, counts, taskCount } = record;
  const head = { state, counts, taskCount };
  const tasks = shownTasks(record, entries, range);
  const words = JSON.stringify([head, tasks.map(wordOf)]);
  const brief = (await sha256Hex(words)).slice(0, 16);
  return { id: `${brief}.${encodeBits(tasks.map((task) => task.state !== "pending"))}`, head, tasks };
}

/** What a client has seen, and which tasks are news to it. */
interface Seen {
  id: string | undefined;
  isNews: (task: ShownTask) => boolean;
}

/** Of a client that comes back, the tasks are known that had ended; of a new one, none but that all were pending. */
function seenBefore(lastEventId: string | undefined, { start }: TaskRange): Seen {
  const hasEnded = decodeBits(lastEventId?.split(".")[1] ?? "");
  return {
    id: lastEventId,
    isNews: ({ index, state, status }) =>
      state === "pending" ? status !== undefined : !hasEnded(index - start),
  };
}

function differsFrom(before: readonly ShownTask[], { start }: TaskRange): (task: ShownTask) => boolean {
  const words = before.map(wordOf);
  return (task) => wordOf(task) !== words[task.index - start];
}

function wordOf({ taskId, state, status }: ShownTask): string {
  return `${taskId ?? ""} ${state} ${status ?? ""}`;
}

function event(name: string, id: string, data: unknown): string {
  return `event: ${name}\nid: ${id}\ndata: ${JSON.stringify(data)}\n\n`;
}
