import type { EdgeContext } from "../context.ts";
import type { BatchRecord } from "../records/batch_record.ts";
import { readTaskEntries } from "../watch/shown_task.ts";
import { batchLink } from "../watch/batch_link.ts";
import type { KeptAnswer } from "./claim.ts";

/** When it is worth while to ask how far a new batch is. */
const ASK_AFTER_SECONDS = 2;

/** What the sender of an event that is ignored is told. */
export function ignoredAnswer(): KeptAnswer {
  return toAnswer(200, { state: "ignored" });
}

/**
 * What the sender is told of the batch that its delivery has become.
 *
 * @param known The ids of its tasks, where they are at hand.
 */
export async function batchAnswer(
  context: EdgeContext,
  { id: batchId, state, taskGroupId }: BatchRecord,
  known?: readonly string[],
): Promise<KeptAnswer> {
  const taskIds = known ?? (state === "submitting" ? undefined : await readTaskIds(context, batchId));
  const viewUrl = await batchLink(context, batchId);
  const status = new URL(viewUrl);
  status.pathname = status.pathname.replace(/\/view$/, "");
  const document = {
    batchId,
    state,
    taskGroupId,
    taskIds,
    statusUrl: status.href,
    viewUrl,
  };
  return toAnswer(202, document, { location: status.href, "retry-after": String(ASK_AFTER_SECONDS) });
}

async function readTaskIds(context: EdgeContext, batchId: string): Promise<string[] | undefined> {
  return (await readTaskEntries(context, batchId))?.map(({ taskId }) => taskId);
}

function toAnswer(status: number, document: object, headers: Record<string, string> = {}): KeptAnswer {
  return {
    status,
    headers: { "content-type": "application/json", "cache-control": "no-store", ...headers },
    body: JSON.stringify(document),
  };
}

/** A response with what the sender is told; one that is told again says so. */
export function toResponse({ status, headers, body }: KeptAnswer, isReplayed: boolean): Response {
  return new Response(body, {
    status,
    headers: { ...headers, ...(isReplayed ? { "idempotent-replayed": "true" } : {}) },
  });
}
