import { Hono } from "hono";
import { describeRoute, type DescribeRouteOptions, resolver } from "hono-openapi";
import { BATCH, DECISION, EVENTS, RESULTS_CSV, RESULTS_JSON, VIEW } from "./edge_batch_routes.ts";
import { NO_STORE, PAGE, PROBLEM_OR_PAGE, problems, RETRY_AFTER } from "./edge_responses.ts";
import { healthSchema, ignoredSchema, listSchema, receiptSchema } from "./edge_schemas.ts";

/** The routes of the edge handler, each with its description and without a handler. */
export function describeEdgeRoutes(): Hono {
  const app = new Hono();
  const nothing = () => new Response();
  app.post("/hooks/:name", describeRoute(HOOK), nothing);
  app.get("/hooks/:name", describeRoute(HANDSHAKE), nothing);
  app.get("/batches/:id", describeRoute(BATCH), nothing);
  app.get("/batches/:id/events", describeRoute(EVENTS), nothing);
  app.get("/batches/:id/view", describeRoute(VIEW), nothing);
  app.get("/batches/:id/results.json", describeRoute(RESULTS_JSON), nothing);
  app.get("/batches/:id/results.csv", describeRoute(RESULTS_CSV), nothing);
  app.post("/batches/:id/decision", describeRoute(DECISION), nothing);
  app.get("/", describeRoute(OPERATOR), nothing);
  app.get("/openapi.json", describeRoute(DOCUMENT), nothing);
  app.get("/livez", describeRoute(health("livez", "Whether the handler runs")), nothing);
  app.get("/readyz", describeRoute(health("readyz", "Whether the store can be written")), nothing);
  return app;
}

const HOOK: DescribeRouteOptions = {
  operationId: "receiveDelivery",
  tags: ["hooks"],
  summary: "Takes a signed delivery, which becomes a batch, once",
  description: "The hook says how a delivery is signed and what it has. A delivery that comes again " +
    "gets its first answer again, with `idempotent-replayed`; one that was refused counts as new.",
  parameters: [
    { name: "name", in: "path", required: true, schema: { type: "string" } },
    {
      name: "Idempotency-Key",
      in: "header",
      description: "The delivery's id, in quotes, where the sender's own scheme has none.",
      schema: { type: "string", pattern: '^"[ !#-\\[\\]-~]{1,256}"$' },
    },
  ],
  requestBody: { required: true, content: { "application/json": { schema: {} } } },
  responses: {
    200: {
      description: "The hook has nothing to run for this event.",
      content: { "application/json": { schema: resolver(ignoredSchema) } },
    },
    202: {
      description: "The event has become a batch, which is submitted now or later.",
      headers: { ...RETRY_AFTER, location: { schema: { type: "string" } } },
      content: { "application/json": { schema: resolver(receiptSchema) } },
    },
    ...problems([400, 401, 403, 404, 408, 413, 415, 422, 431, 500, 502, 503]),
  },
};

const HANDSHAKE: DescribeRouteOptions = {
  operationId: "answerHandshake",
  tags: ["hooks"],
  summary: "Answers the handshake of a sender that has one by GET, such as Meta's",
  parameters: [
    { name: "name", in: "path", required: true, schema: { type: "string" } },
  ],
  responses: {
    200: {
      description: "What the sender expects.",
      content: { "text/plain": { schema: { type: "string" } }, "application/json": { schema: {} } },
    },
    204: { description: "The sender expects nothing more." },
    ...problems([401, 404, 405, 408, 413, 431, 503]),
  },
};

const OPERATOR: DescribeRouteOptions = {
  operationId: "listBatches",
  tags: ["batches", "pages"],
  summary: "Lists hooks and batches for an operator, as a page or, for `accept: application/json`, as JSON",
  security: [{ bearer: [] }, { basic: [] }],
  parameters: [{
    name: "after",
    in: "query",
    description: "Where the list goes on, as the link of the part before has it.",
    schema: { type: "string" },
  }],
  responses: {
    200: {
      description: "The newest batches, or those from `after` on.",
      headers: NO_STORE,
      content: { "application/json": { schema: resolver(listSchema) }, ...PAGE },
    },
    ...problems([401, 404, 503], { as: PROBLEM_OR_PAGE }),
  },
};

const DOCUMENT: DescribeRouteOptions = {
  operationId: "getDocument",
  tags: ["service"],
  summary: "Describes all of this",
  responses: {
    200: { description: "The document.", content: { "application/json": { schema: { type: "object" } } } },
  },
};

function health(operationId: string, summary: string): DescribeRouteOptions {
  return {
    operationId,
    tags: ["service"],
    summary,
    responses: {
      200: {
        description: "It does.",
        content: { "application/health+json": { schema: resolver(healthSchema) } },
      },
      ...(operationId === "readyz" ? problems([503]) : {}),
    },
  };
}
