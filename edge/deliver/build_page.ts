import type { EdgeContext } from "../context.ts";
import type { BatchRecord, TaskEntry } from "../records/batch_record.ts";
import { eachTask, MESSAGE_TAIL, messageHead } from "./each_task.ts";
import { linkedTask, type MessageTask } from "./message_task.ts";
import { MAX_MESSAGE_BYTES, type PagePlan, roomOf } from "./plan_pages.ts";

/** Makes a message, of what the store has. */
export async function buildPage(
  context: EdgeContext,
  record: BatchRecord,
  { entries, plan, page, link }: {
    entries: readonly TaskEntry[];
    plan: PagePlan;
    /** From 1 on. */
    page: number;
    link: string;
  },
): Promise<Uint8Array<ArrayBuffer>> {
  const { starts, linked } = plan;
  const start = starts[page - 1] ?? 0;
  const end = Math.min(starts[page] ?? plan.next, entries.length);
  const room = roomOf(record, link);
  const tasks: (MessageTask & { index: number })[] = [];
  const walk = { entries, start, end, link, maxBytes: room, linked: new Set(linked) };
  for await (const task of eachTask(context, walk)) tasks.push(task);

  const head = messageHead(record, { page, pages: starts.length, link });
  const write = () => new TextEncoder().encode(head + tasks.map(({ json }) => json).join(",") + MESSAGE_TAIL);
  let body = write();
  // Another version of this code may have planned it, and have written values in another way.
  while (body.length >= MAX_MESSAGE_BYTES) {
    const whole = tasks.filter(({ isLinked }) => !isLinked);
    if (whole.length === 0) break;
    const largest = whole.reduce((most, task) => task.bytes > most.bytes ? task : most);
    const entry = entries[largest.index] as TaskEntry;
    Object.assign(largest, linkedTask(largest.index, entry, undefined, link));
    body = write();
  }
  return body;
}
