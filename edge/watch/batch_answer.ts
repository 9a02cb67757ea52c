import { sha256Hex } from "../../src/base/sha256.ts";
import type { EdgeContext } from "../context.ts";
import { type BatchRecord, isEnded } from "../records/batch_record.ts";
import { PRIVATE_HEADERS } from "./answer_headers.ts";
import { batchDocument } from "./batch_document.ts";
import { readTaskEntries } from "./shown_task.ts";
import { isProblem, readTaskRange } from "./task_range.ts";
import { watchProblem } from "./watch_problem.ts";

const DEFAULT_COUNT = 100;
const MAX_COUNT = 1_000;
/** Of a batch that waits for an operator, there is nothing new for a while. */
const RETRY_SECONDS = { open: "5", inDoubt: "300" };

/** A batch as JSON, or that nothing has changed, to who has seen it as it is. */
export async function batchAnswer(
  context: EdgeContext,
  request: Request,
  record: BatchRecord,
  capability: string | undefined,
): Promise<Response> {
  const limits = { defaultCount: DEFAULT_COUNT, maxCount: MAX_COUNT };
  const range = readTaskRange(new URL(request.url).searchParams, limits);
  if (isProblem(range)) return await watchProblem(range, { isPage: false });
  const entries = await readTaskEntries(context, record.id);
  const text = JSON.stringify(batchDocument(context, record, entries, { range, capability }));
  const etag = `"${await sha256Hex(text)}"`;
  const headers = {
    ...PRIVATE_HEADERS,
    etag,
    ...(isEnded(record.state)
      ? {}
      : { "retry-after": RETRY_SECONDS[record.state === "inDoubt" ? "inDoubt" : "open"] }),
  };
  if (isAmong(request.headers.get("if-none-match"), etag)) {
    return new Response(null, { status: 304, headers });
  }
  return new Response(text, { headers: { ...headers, "content-type": "application/json" } });
}

/** Whether an `If-None-Match` has an etag in it: weak ones count, too (RFC 9110, section 13.1.2). */
function isAmong(ifNoneMatch: string | null, etag: string): boolean {
  return ifNoneMatch === "*" || ifNoneMatch?.match(/"[^"]*"/g)?.some((known) => known === etag) === true;
}
