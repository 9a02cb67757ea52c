import type { Batch } from "../../mod.ts";
import { Refusal } from "./refusal.ts";
import type { Hook } from "../hook.ts";
import type { SentBatch } from "../records/batch_record.ts";
import { prepareBatch } from "../../src/tasks/prepare_batch.ts";

/** What a submission may be, kept whole: with the batch's record it is far less than a commit of 16 MiB. */
const MAX_SENT_BYTES = 10_000_000;
/** No text has more bytes in UTF-8 for each of its UTF-16 units. */
const MAX_BYTES_PER_UNIT = 3;
const encoder = new TextEncoder();

/** What is to be sent, and the text of it that the store gets. */
export interface PackedBatch {
  readonly sent: SentBatch;
  readonly text: string;
}

/**
 * Holds what a hook has returned against what it may use, and packs it as it will be sent.
 *
 * @throws {Refusal} If it names an endpoint or a function that the hook may not use, is too large, or cannot be sent.
 */
export async function packBatch(
  hook: Pick<Hook, "endpoints" | "functions">,
  batch: Batch,
  maxTasks: number,
): Promise<PackedBatch> {
  const tasks: unknown = batch?.tasks;
  if (!Array.isArray(tasks)) {
    throw invalid(new TypeError("Cannot use what the hook returned: it has no tasks"));
  }
  if (!isAmong(hook.endpoints, batch.endpointId)) throw notPermitted("endpoint");
  for (const task of batch.tasks) {
    if (!isAmong(hook.functions, task?.functionId)) throw notPermitted("function");
  }
  if (tasks.length > maxTasks) {
    const detail = `The hook made ${tasks.length} tasks of it, and may make ${maxTasks}`;
    throw new Refusal({
      status: 422,
      type: "too-many-tasks",
      title: "The delivery makes too many tasks",
      detail,
    }, { message: detail });
  }
  let sent: SentBatch;
  let text: string;
  try {
    sent = await pack(batch);
    text = JSON.stringify(sent);
  } catch (error) {
    throw invalid(error);
  }
  checkBytes("the hook's batch", text, MAX_SENT_BYTES);
  return { sent, text };
}

/**
 * Refuses what a store would not take.
 *
 * @throws {Refusal} If a text has more bytes than it may have.
 */
export function checkBytes(what: string, text: string, maxBytes: number): void {
  if (text.length * MAX_BYTES_PER_UNIT <= maxBytes || encoder.encode(text).length <= maxBytes) return;
  throw new Refusal(
    { status: 422, type: "batch-too-large", title: "The delivery makes a batch that is too large" },
    { message: `${what} has more than ${maxBytes} bytes` },
  );
}

/** The arguments as they will be sent, each with its function, in the order of the tasks. */
async function pack(batch: Batch): Promise<SentBatch> {
  const { endpointId, tasks, argumentSerializer: _, ...options } = batch;
  const packed = (await prepareBatch(batch)).tasks;
  const next: Record<string, number> = {};
  return {
    endpointId,
    // As another process would read them: the hook may change its own objects later.
    options: JSON.parse(JSON.stringify(options)) as SentBatch["options"],
    tasks: tasks.map((task) => {
      const functionId = task.functionId.toLowerCase();
      const place = next[functionId] ?? 0;
      next[functionId] = place + 1;
      return { functionId, payload: packed[functionId]?.[place] as string };
    }),
  };
}

function isAmong(ids: readonly string[], id: unknown): boolean {
  return typeof id === "string" && ids.some((one) => one.toLowerCase() === id.toLowerCase());
}

function notPermitted(what: "endpoint" | "function"): Refusal {
  return new Refusal(
    { status: 403, type: "not-permitted", title: "The hook may not run this" },
    {
      message: `the hook's batch names ${
        what === "endpoint" ? "an" : "a"
      } ${what} that is not among its ${what}s`,
    },
  );
}

function invalid(cause: unknown): Refusal {
  return new Refusal(
    { status: 500, type: "batch-invalid", title: "The hook made no batch that can be sent" },
    { cause },
  );
}
