import { type BatchRecord, type Doubt, isEnded, type TaskEntry } from "../records/batch_record.ts";
import type { EdgeContext } from "../context.ts";
import { sha256Hex } from "../../src/base/sha256.ts";
import { readTaskEntries, type ShownTask, shownTasks } from "./shown_task.ts";
import { isProblem, readTaskRange, type TaskRange } from "./task_range.ts";
import { watchProblem } from "./watch_problem.ts";
import { PRIVATE_HEADERS } from "./answer_headers.ts";
import { batchAddresses } from "./batch_addresses.ts";
import { type BatchSummary, batchSummary, iso } from "./batch_summary.ts";

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
  if (isProblem(range)) return watchProblem(range, { isPage: false });
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

/** A batch, as `GET /batches/{id}` shows it. */
interface BatchDocument extends BatchSummary {
  submission:
    | { attempts: number; nextAttemptAt: string | undefined; problem: string | undefined }
    | undefined;
  doubt:
    | { message: string; since: string; accepted: ShownDoubtTask[]; recoveredTaskIds: string[] }
    | undefined;
  commit: { repository: string; sha: string } | undefined;
  tasks: ShownTask[];
  links: Record<string, string>;
}

interface ShownDoubtTask {
  index: number;
  taskId: string;
}

/** Makes the document of a batch, with a part of its tasks. */
function batchDocument(
  { baseUrl }: EdgeContext,
  record: BatchRecord,
  entries: readonly TaskEntry[] | undefined,
  { range, capability }: { range: TaskRange; capability: string | undefined },
): BatchDocument {
  const { doubt, commit } = record;
  return {
    ...batchSummary(record),
    submission: shownSubmission(record),
    doubt: doubt && shownDoubt(doubt, entries?.slice(0, record.takenCount)),
    commit: commit && { repository: commit.repository, sha: commit.sha },
    tasks: shownTasks(record, entries, range),
    links: links(baseUrl, record, range, capability),
  };
}

/** How the submission goes, for as long as that is of interest. */
function shownSubmission({ state, submission }: BatchRecord): BatchDocument["submission"] {
  if (state !== "submitting" && state !== "partlySubmitted" && state !== "refused") return undefined;
  const { attempts, nextAtMs, problem } = submission;
  return { attempts, nextAttemptAt: iso(nextAtMs || undefined), problem };
}

function shownDoubt({ message, sinceMs, recoveredTaskIds }: Doubt, taken: readonly TaskEntry[] = []) {
  return {
    message,
    since: iso(sinceMs),
    accepted: taken.map(({ taskId }, index) => ({ index, taskId })),
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
