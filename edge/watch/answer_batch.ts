import type { EdgeContext } from "../context.ts";
import { PRIVATE_HEADERS } from "./answer_headers.ts";
import { batchAnswer } from "./batch_answer.ts";
import { eventsAnswer } from "./events_answer.ts";
import { resultsCsv } from "./results_csv.ts";
import { resultsJson } from "./results_json.ts";
import type { TakeSlot } from "./stream_slots.ts";
import { textStream } from "./text_stream.ts";
import { viewAnswer } from "./view_answer.ts";
import { type AnswerBatch, withBatch } from "./with_batch.ts";

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
