import type { StoreChange } from "../../mod.ts";
import type { EdgeContext } from "../context.ts";
import type { Hook } from "../hook.ts";
import { pagesKey, tasksKey } from "../records/keys.ts";
import type { BatchRecord, TaskEntry } from "../records/batch_record.ts";
import { readRecord } from "../records/json_record.ts";
import { batchLink } from "../watch/batch_link.ts";
import { eachTask, MESSAGE_TAIL, messageHead } from "./each_task.ts";
import { byteLength } from "./message_task.ts";

/** How the results of a batch are divided into messages. */
export interface PagePlan {
  /** The place of the first task of each page. */
  starts: readonly number[];
  /** The tasks whose results are too large for any message, so that they need not be read again. */
  linked: readonly number[];
  /** The place of the task to go on with. */
  next: number;
  /** How many bytes the tasks of the last page take until now. */
  lastBytes: number;
}

/** No message has as many bytes. */
export const MAX_MESSAGE_BYTES = 20_000;
/** Kept free, for a link that will be longer when the message is sent, for one. */
const SPARE_BYTES = 500;
/** After so many tasks what is planned is kept, so that a process that is ended goes on from there. */
const TASKS_EACH_WRITE = 250;

/** How many bytes the tasks of one message may take. */
export function roomOf(record: BatchRecord, link: string): number {
  const { taskCount } = record;
  const head = messageHead(record, { page: taskCount + 1, pages: taskCount + 1, link });
  return MAX_MESSAGE_BYTES - SPARE_BYTES - byteLength(head + MESSAGE_TAIL);
}

/**
 * Divides the results of a batch into messages, from where an earlier call had to stop. How far it is, it keeps.
 *
 * @param isOver Asked now and then: where it says so, another call goes on.
 * @param check The change that checks that the messages still wait. Without them nobody would remove the plan.
 * @returns The plan, and the change that keeps it whole; nothing where another call goes on, or another process is at it.
 */
export async function planPages(
  context: EdgeContext,
  record: BatchRecord,
  { content = "results" }: NonNullable<Hook["deliver"]>,
  { isOver, check }: { isOver: () => boolean; check: StoreChange },
): Promise<{ plan: PagePlan; change: StoreChange } | undefined> {
  const { store, retentionMs: expiresInMs } = context;
  const key = pagesKey(record.id);
  const found = await readRecord<PagePlan>(store, key);
  let expected = found?.text ?? null;
  const entries = content === "link"
    ? []
    : (await readRecord<TaskEntry[]>(store, tasksKey(record.id)))?.value ?? [];
  const link = await batchLink(context, record.id);
  const room = roomOf(record, link);
  const plan = found?.value ?? { starts: [0], linked: [], next: 0, lastBytes: 0 };
  const starts = [...plan.starts];
  const linked = [...plan.linked];
  let { next, lastBytes } = plan;
  const changed = (): StoreChange & { value: string } => ({
    key,
    expected,
    value: JSON.stringify({ starts, linked, next, lastBytes } satisfies PagePlan),
    expiresInMs,
  });
  const walk = { entries, start: next, end: entries.length, link, maxBytes: room, linked: new Set<number>() };
  for await (const { index, bytes, isLinked } of eachTask(context, walk)) {
    const withComma = lastBytes === 0 ? bytes : lastBytes + 1 + bytes;
    if (withComma > room && lastBytes > 0) starts.push(index);
    lastBytes = withComma > room ? bytes : withComma;
    if (isLinked && entries[index]?.state === "success") linked.push(index); // Of an error a part is told.
    next = index + 1;
    const isStopped = isOver();
    if (next === entries.length || !(isStopped || next % TASKS_EACH_WRITE === 0)) continue;
    const change = changed();
    if (!await store.commit([check, change]) || isStopped) return undefined;
    expected = change.value;
  }
  return { plan: { starts, linked, next, lastBytes }, change: changed() };
}
