import { type BatchRecord, isEnded } from "../records/batch_record.ts";
import type { EdgeContext } from "../context.ts";
import { readRecord } from "../records/json_record.ts";
import { batchKey } from "../records/keys.ts";
import { viewAnswer } from "./view_answer.ts";
import type { TakeSlot } from "./stream_slots.ts";
import { refuseAccess } from "./refuse_access.ts";
import { NOT_FOUND, watchProblem } from "./watch_problem.ts";
import { PRIVATE_HEADERS } from "./answer_headers.ts";
import { batchAnswer } from "./batch_answer.ts";
import { findAccess, type GrantedAccess } from "./find_access.ts";
import { resultsCsv } from "./results_csv.ts";
import { readResults, type ShownResult } from "./read_results.ts";
import { readTaskEntries } from "./shown_task.ts";
import { isProblem, readTaskRange } from "./task_range.ts";
import { iso } from "./batch_summary.ts";
import { batchEvents, DONE_ID } from "./batch_events.ts";

/** What there is of a batch, by what stands behind its address. */
type BatchPath = "" | "/view" | "/events" | "/results.json" | "/results.csv";

/** Answers with a batch, in the form that is asked for, to who may see it. */
export async function answerBatch(
  { context, takeSlot }: { context: EdgeContext; takeSlot: TakeSlot },
  request: Request,
  batchId: string,
  path: BatchPath,
): Promise<Response> {
  const answers: Record<BatchPath, AnswerBatch> = {
    "": (record, { capability }) => batchAnswer(context, request, record, capability),
    "/view": (record, access) => viewAnswer(context, request, record, access),
    "/events": (record) => eventsAnswer(context, request, record, takeSlot),
    "/results.json": (record) =>
      streamed(resultsJson(context, record), {
        "content-type": "application/json",
        "content-disposition": `inline; filename="${record.id}.json"`,
      }),
    "/results.csv": (record) =>
      streamed(resultsCsv(context, record), {
        "content-type": "text/csv; charset=utf-8; header=present",
        "content-disposition": `attachment; filename="${record.id}.csv"`,
      }),
  };
  return await withBatch(context, request, { batchId, isPage: path === "/view" }, answers[path]);
}

function streamed(texts: AsyncGenerator<string, void, void>, headers: Record<string, string>): Response {
  return new Response(textStream(texts), { headers: { ...PRIVATE_HEADERS, ...headers } });
}

/** What is answered with a batch. */
type AnswerBatch = (record: BatchRecord, access: GrantedAccess) => Response | Promise<Response>;

/** Answers with a batch, to who may see it. Nothing is looked for on behalf of anybody else. */
async function withBatch(
  context: EdgeContext,
  request: Request,
  { batchId, isPage = false }: { batchId: string; isPage?: boolean },
  answer: AnswerBatch,
): Promise<Response> {
  const access = await findAccess(context, request, { batchId });
  if (access.state !== "granted") return refuseAccess(context, access.state, { isPage });
  const found = await readRecord<BatchRecord>(context.store, batchKey(batchId));
  return await (found === undefined ? watchProblem(NOT_FOUND, { isPage }) : answer(found.value, access));
}

/** Texts of about this length are sent at once. */
const PIECE_LENGTH = 65_536;

/** All results of a batch as one JSON document, piece by piece. */
async function* resultsJson(
  context: EdgeContext,
  record: BatchRecord,
): AsyncGenerator<string, void, void> {
  const { id, hook, state, taskCount, removedAtMs } = record;
  const entries = await readTaskEntries(context, id);
  const head = JSON.stringify({ batchId: id, hook, state, taskCount, removedAt: iso(removedAtMs) });
  let text = `${head.slice(0, -1)},"results":[`;
  let isFirst = true;
  for await (const result of readResults(context, record, entries, { start: 0, count: taskCount })) {
    text += `${isFirst ? "" : ","}\n${resultJson(result)}`;
    isFirst = false;
    if (text.length < PIECE_LENGTH) continue;
    yield text;
    text = "";
  }
  yield `${text}\n]}\n`;
}

function resultJson({ json, value: _, readable: __, ...task }: ShownResult): string {
  const text = JSON.stringify(task);
  return json === undefined ? text : `${text.slice(0, -1)},"result":${json}}`;
}

const MAX_COUNT = 100_000;
const HEADERS = { ...PRIVATE_HEADERS, "content-type": "text/event-stream", "x-accel-buffering": "no" };

/** How a batch goes on, as a stream of events. */
function eventsAnswer(
  context: EdgeContext,
  request: Request,
  record: BatchRecord,
  takeSlot: TakeSlot,
): Response {
  const range = readTaskRange(new URL(request.url).searchParams, {
    defaultCount: MAX_COUNT,
    maxCount: MAX_COUNT,
  });
  if (isProblem(range)) return watchProblem(range, { isPage: false });
  const lastEventId = request.headers.get("last-event-id") ?? undefined;
  // A client that has seen the end connects again nevertheless, until it is told not to.
  if (lastEventId === DONE_ID && isEnded(record.state)) {
    return new Response(null, { status: 204, headers: PRIVATE_HEADERS });
  }
  if (request.method === "HEAD") return new Response(null, { headers: HEADERS });
  const giveBack = takeSlot();
  if (giveBack === undefined) {
    return watchProblem({
      status: 503,
      type: "too-many-streams",
      title: "Too many streams are open",
      detail: "Ask for the batch itself meanwhile",
      headers: { "retry-after": "10" },
    }, { isPage: false });
  }
  const over = new AbortController();
  const end = () => {
    over.abort();
    giveBack();
  };
  // A runtime may tell that the reader has gone by the signal alone, and never cancel the body.
  if (request.signal.aborted) end();
  request.signal.addEventListener("abort", end, { once: true, signal: over.signal });
  const events = batchEvents(context, record.id, { range, lastEventId, signal: over.signal });
  return new Response(textStream(events, end), { headers: HEADERS });
}

/** A body whose text is made as fast as it is read, and no longer than somebody reads it. */
function textStream(
  texts: AsyncGenerator<string, void, void>,
  onEnd: () => void = () => {},
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    async pull(controller) {
      try {
        const { done, value } = await texts.next();
        if (done !== true) return controller.enqueue(encoder.encode(value));
        onEnd();
        controller.close();
      } catch (error) {
        onEnd();
        controller.error(error);
      }
    },
    async cancel() {
      // Before the generator is told: it may be asleep, and hears of it when it wakes.
      onEnd();
      await texts.return();
    },
  }, { highWaterMark: 0 });
}
