/**
 * The OpenTelemetry of a real host, on Deno and Node, gets spans and metrics of all that a delivery leads
 * to.
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { type Finished, ROOT, runOnDeno, runOnNode } from "../support/run.ts";

/** What the program prints of a span. */
interface SeenSpan {
  name: string;
  kind: number;
  status: { code: number; message?: string };
  attributes: Record<string, unknown>;
  events: { name: string; attributes: Record<string, unknown> }[];
  traceId: string;
  spanId: string;
  parentSpanId?: string;
}

/** What it prints of a metric. */
interface SeenMetric {
  scope: string;
  name: string;
  unit: string;
  points: { attributes: Record<string, unknown>; value: unknown }[];
}

interface Seen {
  batchId: string;
  events: { kind: string; batchId: string; traceparent: string; taskGroupId: string }[];
  spans: SeenSpan[];
  metrics: SeenMetric[];
}

const PROGRAM = "tests/telemetry/observed_program.ts";
const CLIENT = 2;
const ERROR = 2;
/** As the delivery names it. */
const [TRACE_ID, SENDERS_SPAN_ID] = ["0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"];
const SUBMIT = "POST /v3/endpoints/{id}/submit";

const RUNTIMES: Record<string, (args: string[]) => Promise<Finished>> = { Deno: runOnDeno, Node: runOnNode };

for (const [name, runOn] of Object.entries(RUNTIMES)) {
  Deno.test(`the host's OpenTelemetry gets spans and metrics of all that a delivery leads to, on ${name}`, async () => {
    const { code, stdout, stderr } = await runOn([PROGRAM]);
    assertEquals([code, stderr], [0, ""]);
    const { batchId, events, spans, metrics }: Seen = JSON.parse(stdout);

    const ofDelivery = spans.filter(({ traceId }) => traceId === TRACE_ID);
    assertEquals(ofDelivery.map(({ name }) => name), [
      SUBMIT,
      "globus_compute.submission",
      "globus_compute.delivery",
    ]);
    const [request, submission, delivery] = ofDelivery as [SeenSpan, SeenSpan, SeenSpan];
    assertEquals(
      [request.parentSpanId, submission.parentSpanId, delivery.parentSpanId],
      [submission.spanId, delivery.spanId, SENDERS_SPAN_ID],
    );
    assertEquals(delivery.attributes, { "globus_compute.hook": "push", "http.response.status_code": 202 });
    assertEquals(submission.attributes["globus_compute.batch.id"], batchId);
    assertEquals(
      [request.kind, request.status.code, request.attributes["http.response.status_code"]],
      [CLIENT, 0, 200],
    );
    assertEquals(request.events.map(({ name }) => name), ["retry"]);
    assertEquals(request.events[0]?.attributes["error.type"], "ERR_COMPUTE_HTTP");

    const failed = spans.find(({ name }) => name === "GET /v2/tasks/{id}");
    assertEquals([failed?.status.code, failed?.attributes["error.type"]], [ERROR, "ERR_COMPUTE_HTTP"]);
    const read = spans.find(({ name }) => name === "POST /v2/batch_status");
    const round = spans.find(({ spanId }) => spanId === read?.parentSpanId);
    assertEquals(round?.name, "globus_compute.collect");

    // Of a delivery that is not verified there is an event, and no span: it was in the same trace.
    assertEquals(events.map(({ kind }) => kind), ["deliveryRefused", "batchSubmitted", "batchDone"]);
    for (const event of events.slice(1)) {
      assertEquals([event.batchId, event.traceparent], [batchId, `00-${TRACE_ID}-${SENDERS_SPAN_ID}-01`]);
      assertMatch(event.taskGroupId, /^[0-9a-f-]{36}$/);
    }

    const points = (name: string) => metrics.find((metric) => metric.name === name)?.points ?? [];
    assertEquals(
      points("globus_compute.request.duration")
        .filter(({ attributes }) => attributes["url.template"] === "/v3/endpoints/{id}/submit")
        .map(({ attributes }) => attributes["http.response.status_code"]),
      [503, 200],
    );
    assertEquals(points("globus_compute.request.retries").map(({ value }) => value), [1]);
    assertEquals(
      points("globus_compute.tasks.submitted").map(({ value, attributes }) => [
        value,
        attributes["globus_compute.outcome"],
      ]),
      [[1, "accepted"]],
    );
    assertEquals(
      points("globus_compute.tasks.ended").map(({ value, attributes }) => [
        value,
        attributes["globus_compute.task.state"],
      ]),
      [[1, "success"]],
    );
    assertEquals(
      points("globus_compute.handler.events").map(({ attributes }) => attributes["globus_compute.event"]),
      ["deliveryRefused", "batchSubmitted", "batchDone"],
    );
    assert(metrics.every(({ scope }) => scope === "@edge-compute/globus"));
    assert(!stdout.includes("the-token-of-the-sender"));
  });
}

Deno.test("Deno's own OpenTelemetry shows its fetch within the spans of the client", async () => {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", "tests/telemetry/call_once.ts"],
    cwd: ROOT,
    env: { NO_COLOR: "1", OTEL_DENO: "true", OTEL_EXPORTER_OTLP_PROTOCOL: "console" },
    stdin: "null",
  }).output();
  const text = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  assertEquals(code, 0, text);
  const [, submission] = /SPAN POST \/v3\/functions \[[0-9a-f]+\/([0-9a-f]+)\]/.exec(text) ?? [];
  assert(submission !== undefined, text);
  assertMatch(text, new RegExp(`SPAN POST \\[[^\\]]+\\] Client [^\\n]+\\n\\s+parent: ${submission}\\n`));
});
