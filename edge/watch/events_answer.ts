import type { EdgeContext } from "../context.ts";
import { type BatchRecord, isEnded } from "../records/batch_record.ts";
import { PRIVATE_HEADERS } from "./answer_headers.ts";
import { batchEvents, DONE_ID } from "./batch_events.ts";
import type { TakeSlot } from "./stream_slots.ts";
import { isProblem, readTaskRange } from "./task_range.ts";
import { textStream } from "./text_stream.ts";
import { watchProblem } from "./watch_problem.ts";

const MAX_COUNT = 100_000;
const HEADERS = { ...PRIVATE_HEADERS, "content-type": "text/event-stream", "x-accel-buffering": "no" };

/** How a batch goes on, as a stream of events. */
export async function eventsAnswer(
  context: EdgeContext,
  request: Request,
  record: BatchRecord,
  takeSlot: TakeSlot,
): Promise<Response> {
  const range = readTaskRange(new URL(request.url).searchParams, {
    defaultCount: MAX_COUNT,
    maxCount: MAX_COUNT,
  });
  if (isProblem(range)) return await watchProblem(range, { isPage: false });
  const lastEventId = request.headers.get("last-event-id") ?? undefined;
  // A client that has seen the end connects again nevertheless, until it is told not to.
  if (lastEventId === DONE_ID && isEnded(record.state)) {
    return new Response(null, { status: 204, headers: PRIVATE_HEADERS });
  }
  if (request.method === "HEAD") return new Response(null, { headers: HEADERS });
  const giveBack = takeSlot();
  if (giveBack === undefined) {
    return await watchProblem({
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
