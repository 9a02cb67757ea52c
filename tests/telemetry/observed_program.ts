/**
 * Run by a runtime of its own, as OpenTelemetry is set up once in a process: a delivery goes through the edge handler
 * to the local service, with a refusal on its way, and what the host's OpenTelemetry has got is printed as JSON.
 *
 * @module
 */
import { context, metrics, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import process from "node:process";
import { bearer, createEdgeHandler } from "../../edge/mod.ts";
import { accessToken, createClient, getTask, memoryStore, registerSource } from "../../mod.ts";
import { createLocalService } from "../../src/local/mod.ts";

const DELIVERY_SPAN = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const UNKNOWN_TASK = "00000000-0000-4000-8000-000000000001";

async function main(): Promise<void> {
  const spans = new InMemorySpanExporter();
  const measured = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter: measured });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(
    new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] }),
  );

  const local = createLocalService({ functions: { echo: (value) => value } });
  const authorizer = accessToken(local.accessToken);
  const client = createClient({ baseUrl: local.baseUrl, authorizer, fetch: local.fetch });
  const functionId = await registerSource(client, { source: "def echo(value):\n    return value\n" });
  await getTask(client, UNKNOWN_TASK);
  // After the first span: what is measured from now on is not lost.
  metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));

  let isRefusing = true;
  const lines: unknown[] = [];
  const handler = createEdgeHandler({
    baseUrl: "https://hooks.example.org",
    store: memoryStore(),
    linkSecrets: ["a secret that signs the links of this test"],
    authorizer,
    service: { baseUrl: local.baseUrl, maxRequestsPer10s: 1_000 },
    async fetch(request) {
      if (!isRefusing || !request.url.endsWith("/submit")) return await local.fetch(request);
      isRefusing = false;
      return new Response('{"code": "UNKNOWN_ERROR"}', {
        status: 503,
        headers: { "retry-after": "0", "x-request-id": "request-1" },
      });
    },
    hooks: {
      push: {
        verify: bearer({ tokens: ["the-token-of-the-sender"] }),
        endpoints: [local.endpointId],
        functions: [functionId],
        batch: (event) => ({ endpointId: local.endpointId, tasks: [{ functionId, args: [event] }] }),
      },
    },
    onEvent: (event) => void lines.push(event),
  });
  const deliver = (token: string) =>
    handler(
      new Request("https://hooks.example.org/hooks/push", {
        method: "POST",
        headers: {
          "content-type": "application/json",
          authorization: `Bearer ${token}`,
          "idempotency-key": '"1"',
          traceparent: DELIVERY_SPAN,
        },
        body: "{}",
      }),
    );
  await deliver("the-token-of-a-stranger");
  const response = await deliver("the-token-of-the-sender");
  const { batchId } = await response.json() as { batchId: string };
  for (
    let report = await handler.collect();
    report.nextAtMs !== undefined;
    report = await handler.collect()
  ) {
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, (report.nextAtMs ?? 0) - Date.now())));
  }
  await reader.forceFlush();
  await local.close();

  process.stdout.write(JSON.stringify({
    batchId,
    events: lines,
    spans: spans.getFinishedSpans().map(readSpan),
    metrics: (measured.getMetrics().at(-1)?.scopeMetrics ?? []).flatMap(({ scope, metrics }) =>
      metrics.map(({ descriptor: { name, unit }, dataPoints }) => ({
        scope: scope.name,
        name,
        unit,
        points: dataPoints.map(({ attributes, value }) => ({ attributes, value })),
      }))
    ),
  }));
  await reader.shutdown();
}

function readSpan(span: ReadableSpan): unknown {
  const { traceId, spanId } = span.spanContext();
  const { name, kind, status, attributes, parentSpanContext } = span;
  const events = span.events.map(({ name, attributes = {} }) => ({ name, attributes }));
  return { name, kind, status, attributes, events, traceId, spanId, parentSpanId: parentSpanContext?.spanId };
}

main();
