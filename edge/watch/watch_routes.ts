import { Hono } from "hono";
import { etag, RETAINED_304_HEADERS } from "hono/etag";
import type { EdgeContext } from "../context.ts";
import { PRIVATE_HEADERS } from "./answer_headers.ts";
import { batchAnswer } from "./batch_answer.ts";
import { STREAM_LIFETIME_MS } from "./batch_events.ts";
import { eventsAnswer } from "./events_answer.ts";
import { openapiAnswer } from "./openapi_answer.ts";
import { resultsCsv } from "./results_csv.ts";
import { resultsJson } from "./results_json.ts";
import { streamSlots } from "./stream_slots.ts";
import { textStream } from "./text_stream.ts";
import { type AnswerBatch, withBatch } from "./with_batch.ts";

/**
 * All that shows batches: JSON, events, results, the pages, the decision on a doubt, and the document of the API. What
 * draws pages is loaded when the first one is asked for: a sender needs none of it.
 */
export function watchRoutes(context: EdgeContext): Hono {
  const app = new Hono();
  const takeSlot = streamSlots({
    maxOpen: context.limits.maxOpenStreams,
    lifetimeMs: 2 * STREAM_LIFETIME_MS,
    clock: context.clock,
  });
  const retainedHeaders = [...RETAINED_304_HEADERS, ...Object.keys(PRIVATE_HEADERS), "retry-after"];
  const batch = (path: string, answer: AnswerBatch, { isPage = false } = {}) =>
    app.get(
      `/batches/:id${path}`,
      ({ req }) => withBatch(context, req.raw, { batchId: req.param("id") ?? "", isPage }, answer),
    );

  app.get("/", async ({ req }) => {
    const { operatorAnswer } = await import("./operator_answer.ts");
    return await operatorAnswer(context, req.raw);
  });
  app.get("/openapi.json", () => openapiAnswer(context));
  app.get("/batches/:id", etag({ retainedHeaders }));
  batch("", (record, { capability }, request) => batchAnswer(context, request, record, capability));
  batch("/view", async (record, access, request) => {
    const { viewAnswer } = await import("./view_answer.ts");
    return await viewAnswer(context, request, record, access);
  }, { isPage: true });
  batch("/events", (record, _access, request) => eventsAnswer(context, request, record, takeSlot));
  batch("/results.json", (record) =>
    streamed(resultsJson(context, record), {
      "content-type": "application/json",
      "content-disposition": `inline; filename="${record.id}.json"`,
    }));
  batch("/results.csv", (record) =>
    streamed(resultsCsv(context, record), {
      "content-type": "text/csv; charset=utf-8; header=present",
      "content-disposition": `attachment; filename="${record.id}.csv"`,
    }));
  app.post("/batches/:id/decision", async ({ req }) => {
    const { decisionAnswer } = await import("./decision_answer.ts");
    return await decisionAnswer(context, req.raw, req.param("id"));
  });
  return app;
}

function streamed(texts: AsyncGenerator<string, void, void>, headers: Record<string, string>): Response {
  return new Response(textStream(texts), { headers: { ...PRIVATE_HEADERS, ...headers } });
}
