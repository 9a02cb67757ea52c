/** A host whose OpenTelemetry throws loses no task, no result and no error. */
import { context, metrics, trace } from "@opentelemetry/api";
import { assertEquals, assertRejects } from "@std/assert";
import { batchRun, ComputeHttpError, getBatchResult, getTask } from "../../mod.ts";
import { json } from "../support/observed_fetch.ts";
import {
  BATCH_STATUS,
  ENDPOINT_ID,
  id,
  receipt,
  setUp,
  statusOf,
  SUBMIT,
  success,
} from "../support/task_helpers.ts";

const fail = (): never => {
  throw new Error("The host's OpenTelemetry fails");
};

const PARTS = ["start", "context", "attributes", "status", "event", "end", "meter"] as const;
type Part = typeof PARTS[number];

/** All that a host sets up, of which one part fails at a time. */
function setUpHost(): { failing: Part | undefined } {
  const host: { failing: Part | undefined } = { failing: undefined };
  const unless = <T>(part: Part, result: () => T) => () => host.failing === part ? fail() : result();
  const nothing = () => {};
  const span: unknown = {
    spanContext: () => ({ traceId: "1".repeat(32), spanId: "1".repeat(16), traceFlags: 1 }),
    setAttributes: unless("attributes", () => span),
    setStatus: unless("status", () => span),
    addEvent: unless("event", () => span),
    end: unless("end", nothing),
    isRecording: () => true,
  };
  const instrument = { add: unless("meter", nothing), record: unless("meter", nothing) };
  const current = { getValue: () => span, setValue: () => current };
  const standIn = (made: object) => made as never; // For interfaces with many more members, none of which is used.
  context.setGlobalContextManager(standIn({
    active: unless("context", () => current),
    with: (_: unknown, run: () => unknown) => host.failing === "context" ? fail() : run(),
  }));
  trace.setGlobalTracerProvider(standIn({ getTracer: () => ({ startSpan: unless("start", () => span) }) }));
  metrics.setGlobalMeterProvider(standIn({
    getMeter: () => ({ createHistogram: () => instrument, createCounter: () => instrument }),
  }));
  return host;
}

const host = setUpHost();

for (const part of PARTS) {
  Deno.test(`a host whose OpenTelemetry fails (${part}) loses no task and no result, and hides no error`, async () => {
    host.failing = part;
    const { client, fetch, clock } = setUp({ maxAttempts: 2 });
    fetch.queue(SUBMIT, receipt({ [id(7)]: [id(1)] }));
    const { taskIds } = await clock.runUntil(
      batchRun(client, { endpointId: ENDPOINT_ID, tasks: [{ functionId: id(7) }] }),
    );
    assertEquals(taskIds, [id(1)]);
    fetch.queue(BATCH_STATUS, new Error("reset"), statusOf({ [id(1)]: success(5) }));
    const [outcome] = await clock.runUntil(getBatchResult(client, taskIds));
    assertEquals([outcome?.state, outcome?.state === "success" && outcome.result], ["success", 5]);
    fetch.queue(
      `GET /v2/tasks/${id(2)}`,
      json({ code: "RESOURCE_FORBIDDEN", detail: "no" }, { status: 422 }),
    );
    await clock.runUntil(
      assertRejects(() => getTask(client, id(2)), ComputeHttpError, "422 RESOURCE_FORBIDDEN: no"),
    );
    assertEquals(fetch.sent.length, 4);
  });
}
