/** The routes of a batch. */
import { toJsonSchema } from "@valibot/to-json-schema";
import { type DescribeRouteOptions, resolver } from "hono-openapi";
import { NO_STORE, PAGE, PROBLEM_OR_PAGE, problems, RETRY_AFTER } from "./edge_responses.ts";
import { batchSchema, decisionSchema, progressSchema, resultsSchema } from "./edge_schemas.ts";

type Parameters = NonNullable<DescribeRouteOptions["parameters"]>;

const BY_LINK = [{ link: [] }, { bearer: [] }];
const IN_BROWSER = [...BY_LINK, { basic: [] }];
const ETAG = { etag: { schema: { type: "string" as const } } };

const ID: Parameters = [
  { name: "id", in: "path", required: true, schema: { type: "string" } },
];

function range(maxCount: number, defaultCount: number): Parameters {
  return [
    {
      name: "start",
      in: "query",
      schema: { type: "integer", minimum: 0, maximum: 999_999_999, default: 0 },
    },
    {
      name: "count",
      in: "query",
      description: "How many tasks at most.",
      schema: { type: "integer", minimum: 1, maximum: maxCount, default: defaultCount },
    },
  ];
}

/** How far it is. */
export const BATCH: DescribeRouteOptions = {
  operationId: "getBatch",
  tags: ["batches"],
  summary: "Tells how far a batch is",
  security: BY_LINK,
  parameters: [...ID, ...range(1_000, 100)],
  responses: {
    200: {
      description: "The batch. `retry-after` is there until it ends.",
      headers: { ...NO_STORE, ...ETAG, ...RETRY_AFTER },
      content: { "application/json": { schema: resolver(batchSchema) } },
    },
    304: { description: "It is as it was: `if-none-match` has its etag.", headers: { ...NO_STORE, ...ETAG } },
    ...problems([400, 401, 403, 404, 503]),
  },
};

/** Each event of the stream: OpenAPI 3.1 has no word for a stream of them. */
const EVENT = {
  type: "object" as const,
  properties: {
    event: { type: "string" as const, enum: ["progress", "done"] },
    id: { type: "string" as const },
    data: {
      type: "string" as const,
      contentMediaType: "application/json",
      contentSchema: withoutDialect(toJsonSchema(progressSchema)),
    },
  },
  required: ["event", "id", "data"],
  additionalProperties: false,
};

function withoutDialect({ $schema: _, ...schema }: ReturnType<typeof toJsonSchema>): typeof schema {
  return schema;
}

/** How it goes on. */
export const EVENTS: DescribeRouteOptions = {
  operationId: "watchBatch",
  tags: ["batches"],
  summary: "Tells how a batch goes on, as server-sent events",
  description: "`progress` has the state, the counts, and the tasks of the range that have changed; " +
    "`done` is the last event. A stream ends after some minutes: connect again with `last-event-id`.",
  security: BY_LINK,
  parameters: [...ID, ...range(100_000, 100_000), {
    name: "Last-Event-ID",
    in: "header",
    description: "The id of the last event that has arrived.",
    schema: { type: "string" },
  }],
  responses: {
    200: {
      description: "The events.",
      headers: NO_STORE,
      content: { "text/event-stream": { schema: EVENT } },
    },
    204: { description: "The batch has ended, and `last-event-id` is that of its last event." },
    ...problems([400, 401, 403, 404, 503]),
  },
};

/** Its page. */
export const VIEW: DescribeRouteOptions = {
  operationId: "viewBatch",
  tags: ["pages"],
  summary: "Shows a batch as a page",
  security: IN_BROWSER,
  parameters: [...ID, ...range(200, 50), {
    name: "reload",
    in: "query",
    description: "`off`: the page of an open batch does not reload itself where there is no script.",
    schema: { type: "string" },
  }],
  responses: {
    200: { description: "The page.", headers: NO_STORE, content: PAGE },
    ...problems([400, 401, 403, 404, 503], { as: PAGE }),
  },
};

/** Its results. */
export const RESULTS_JSON: DescribeRouteOptions = {
  operationId: "getResults",
  tags: ["batches"],
  summary: "Has all tasks of a batch, with their results",
  security: BY_LINK,
  parameters: ID,
  responses: {
    200: {
      description: "The results, as far as they are there.",
      headers: NO_STORE,
      content: { "application/json": { schema: resolver(resultsSchema) } },
    },
    ...problems([401, 403, 404, 503]),
  },
};

/** Its results, for a spreadsheet. */
export const RESULTS_CSV: DescribeRouteOptions = {
  operationId: "getResultsAsCsv",
  tags: ["batches"],
  summary: "Has all tasks of a batch, with their results, as CSV (RFC 4180)",
  description:
    "`index`, `taskId`, `state`, the fields of the results where all are flat objects, else `value`, and " +
    "`error`. Text like a formula of a spreadsheet has an apostrophe before it.",
  security: BY_LINK,
  parameters: ID,
  responses: {
    200: {
      description: "The results, as far as they are there.",
      headers: NO_STORE,
      content: { "text/csv": { schema: { type: "string" } } },
    },
    ...problems([401, 403, 404, 503]),
  },
};

/** What becomes of it. */
export const DECISION: DescribeRouteOptions = {
  operationId: "decideBatch",
  tags: ["batches"],
  summary: "Decides what becomes of a batch: for an operator",
  description:
    "In doubt or partly submitted: `submitAgain`, what the service does not surely have; `abandon`. " +
    "In doubt: `adopt`, the tasks that were found. Any: `remove`, its payload and results, at once; its tasks are " +
    "not stopped, and one that has not ended is abandoned.",
  security: [{ bearer: [] }, { basic: [] }],
  parameters: ID,
  requestBody: {
    required: true,
    content: {
      "application/json": { schema: resolver(decisionSchema) },
      "application/x-www-form-urlencoded": { schema: resolver(decisionSchema) },
    },
  },
  responses: {
    200: {
      description: "The batch, as it is now.",
      headers: NO_STORE,
      content: { "application/json": { schema: resolver(batchSchema) } },
    },
    303: {
      description: "The decision came from a form: the batch's page.",
      headers: { location: { schema: { type: "string" } } },
      links: Object.fromEntries(
        ["viewBatch", "getBatch", "watchBatch", "getResults", "getResultsAsCsv", "decideBatch"].map((
          operationId,
        ) => [operationId, { operationId, parameters: { id: "$request.path.id" } }]),
      ),
    },
    ...problems([400, 401, 403, 404, 408, 409, 413, 415, 422, 503], { as: PROBLEM_OR_PAGE }),
  },
};
