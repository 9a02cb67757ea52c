import { Hono } from "hono";
import { etag, RETAINED_304_HEADERS } from "hono/etag";
import type { EdgeContext } from "../context.ts";
import { PRIVATE_HEADERS } from "./answer_headers.ts";
import { batchAnswer } from "./batch_answer.ts";
import { STREAM_LIFETIME_MS } from "./batch_events.ts";
import { decisionAnswer } from "./decision_answer.ts";
import { eventsAnswer } from "./events_answer.ts";
import { openapiAnswer } from "./openapi_answer.ts";
import { operatorAnswer } from "./operator_answer.ts";
import { resultsCsv } from "./results_csv.ts";
import { resultsJson } from "./results_json.ts";
import { streamSlots } from "./stream_slots.ts";
import { textStream } from "./text_stream.ts";
import { viewAnswer } from "./view_answer.ts";
import { withBatch } from "./with_batch.ts";

/** All that shows batches: JSON, events, results, the pages, the decision on a doubt, and the document of the API. */
export function watchRoutes(context: EdgeContext): Hono {
  const app = new Hono();
  const takeSlot = streamSlots({
    maxOpen: context.limits.maxOpenStreams,
    lifetimeMs: 2 * STREAM_LIFETIME_MS,
    clock: context.clock,
  });
  const retainedHeaders = [...RETAINED_304_HEADERS, ...Object.keys(PRIVATE_HEADERS), "retry-after"];

  app.get("/", ({ req }) => operatorAnswer(context, req.raw));
  app.get("/openapi.json", () => openapiAnswer(context));
  app.get(
    "/batches/:id",
    etag({ retainedHeaders }),
    ({ req }) =>
      withBatch(
        context,
        req.raw,
        { batchId: req.param("id") },
        (record, { capability }) => batchAnswer(context, req.raw, record, capability),
      ),
  );
  app.get(
    "/batches/:id/view",
    ({ req }) =>
      withBatch(
        context,
        req.raw,
        { batchId: req.param("id"), isPage: true },
        (record, access) => viewAnswer(context, req.raw, record, access),
      ),
  );
  app.get(
    "/batches/:id/events",
    ({ req }) =>
      withBatch(
        context,
        req.raw,
        { batchId: req.param("id") },
        (record) => eventsAnswer(context, req.raw, record, takeSlot),
      ),
  );
  app.get(
    "/batches/:id/results.json",
    ({ req }) =>
      withBatch(
        context,
        req.raw,
        { batchId: req.param("id") },
        (record) => download(resultsJson(context, record), "application/json", `${record.id}.json`),
      ),
  );
  app.get(
    "/batches/:id/results.csv",
    ({ req }) =>
      withBatch(
        context,
        req.raw,
        { batchId: req.param("id") },
        (record) =>
          download(
            resultsCsv(context, record),
            "text/csv; charset=utf-8; header=present",
            `${record.id}.csv`,
          ),
      ),
  );
  app.post("/batches/:id/decision", ({ req }) => decisionAnswer(context, req.raw, req.param("id")));
  return app;
}

function download(texts: AsyncGenerator<string, void, void>, contentType: string, name: string): Response {
  return new Response(textStream(texts), {
    headers: {
      ...PRIVATE_HEADERS,
      "content-type": contentType,
      "content-disposition": `${
        contentType.startsWith("text/csv") ? "attachment" : "inline"
      }; filename="${name}"`,
    },
  });
}
