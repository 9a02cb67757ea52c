import type {
  Context,
  ContextManager,
  Meter,
  MeterProvider,
  Span,
  SpanContext,
  TracerProvider,
} from "@opentelemetry/api";
import { ComputeError } from "../errors/compute_error.ts";
import type { Attributes, MeasuredEvent, OpenSpan, SpanStart, Telemetry } from "./telemetry.ts";

const NAME = "@edge-compute/globus";
/** Members of OpenTelemetry's `SpanKind` and `SpanStatusCode`. */
const INTERNAL = 0;
const CLIENT = 2;
const ERROR = 2;
/** Where a context has its span, for every copy of `@opentelemetry/api` 1.x. */
const SPAN = Symbol.for("OpenTelemetry Context Key SPAN");
const NO_TRACE_ID = "0".repeat(32);
const NO_SPAN_ID = "0".repeat(16);

/**
 * What the host has registered. The package `@opentelemetry/api` only leads there, by way of stand-ins for a host that
 * has registered nothing: it would be a tenth of a client.
 */
export interface HostRegistry {
  readonly trace?: TracerProvider;
  readonly metrics?: MeterProvider;
  readonly context?: ContextManager;
}

/** Spans and measurements of the host's OpenTelemetry, by what it has registered at the time. */
export function openTelemetry(host: HostRegistry, version: string): Telemetry {
  let provider: MeterProvider | undefined;
  let measures: Measures | undefined;
  return {
    async inSpan<T>(
      { name: target, attributes, traceparent }: SpanStart,
      work: (span: OpenSpan) => Promise<T>,
    ): Promise<T> {
      const isRequest = typeof target !== "string";
      const route = isRequest ? routeOf(target) : {};
      const name = isRequest ? Object.values(route).join(" ") : target;
      const kind = isRequest ? CLIENT : INTERNAL;
      const parent = quietly(() => parentOf(host, traceparent)) ?? ROOT;
      const span = quietly(() => {
        const tracer = host.trace?.getTracer(NAME, version);
        return tracer?.startSpan(name, { kind, attributes: { ...route, ...attributes } }, parent);
      });
      if (span === undefined) return await work({ add() {} });
      let working: Promise<T> | undefined;
      const run = async () =>
        await work({ add: (attributes) => void quietly(() => span.setAttributes(attributes)) });
      quietly(() => host.context?.with(parent.setValue(SPAN, span), () => working = run()));
      try {
        return await (working ?? run());
      } catch (error) {
        quietly(() => fail(span, error));
        throw error;
      } finally {
        quietly(() => span.end());
      }
    },
    record(event) {
      if (host.metrics !== provider) {
        measures = host.metrics && createMeasures(host.metrics.getMeter(NAME, version));
        provider = host.metrics;
      }
      const measure: ((event: never) => void) | undefined = measures?.[event.kind];
      quietly(() => measure?.(event as never));
      noteOn(spanOf(active(host)), event);
    },
  };
}

/** A context that has nothing, for a host without a manager of contexts. */
const ROOT: Context = contextOf(new Map());

function contextOf(values: ReadonlyMap<symbol, unknown>): Context {
  return {
    getValue: (key) => values.get(key),
    setValue: (key, value) => contextOf(new Map(values).set(key, value)),
    deleteValue(key) {
      const left = new Map(values);
      left.delete(key);
      return contextOf(left);
    },
  };
}

function active({ context }: HostRegistry): Context {
  return context?.active() ?? ROOT;
}

function spanOf(context: Context): Span | undefined {
  return context.getValue(SPAN) as Span | undefined;
}

/** Whatever fails of the host's own ends no work. */
function quietly<T>(tell: () => T): T | undefined {
  try {
    return tell();
  } catch {
    return undefined;
  }
}

/** What others throw may have secrets in its message, for all that is known. */
function fail(span: Span, error: unknown): void {
  const message = error instanceof ComputeError ? { message: error.message } : {};
  span.setAttributes(errorTypeOf(error)).setStatus({ code: ERROR, ...message });
}

/** The span that the work is done in; where there is none, the one that a sender has named. */
function parentOf(host: HostRegistry, traceparent: string | undefined): Context {
  const context = active(host);
  if (traceparent === undefined || spanOf(context) !== undefined) return context;
  const [, traceId = "", spanId = "", flags = ""] = traceparent.split("-");
  if (traceId === NO_TRACE_ID || spanId === NO_SPAN_ID) return context;
  const sender: SpanContext = { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
  // Of a span that another process has, no more than its context is ever asked for.
  return context.setValue(SPAN, { spanContext: () => sender });
}

/** What delays a call is shown on its span. */
function noteOn(span: Span | undefined, event: MeasuredEvent): void {
  if (event.kind === "retry") {
    const attributes = {
      ...routeOf(event),
      ...errorTypeOf(event.error),
      "globus_compute.delay_ms": event.delayMs,
    };
    span?.addEvent("retry", attributes);
  } else if (event.kind === "rateLimited") {
    span?.addEvent("rate limited", { ...routeOf(event), "globus_compute.waited_ms": event.waitedMs });
  }
}

type EventOf<Kind extends MeasuredEvent["kind"]> = Extract<MeasuredEvent, { kind: Kind }>;
/** Tells an instrument of an event, by the kind of that. */
type Measures = { [Kind in MeasuredEvent["kind"]]: (event: EventOf<Kind>) => void };

/** In seconds: as OpenTelemetry's conventions for HTTP have them, and up to the time that an attempt may take. */
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 30, 60];

/** The instruments of a meter, by the kind of event that they are told. */
function createMeasures(meter: Meter): Measures {
  const requestDuration = meter.createHistogram("globus_compute.request.duration", {
    unit: "s",
    advice: { explicitBucketBoundaries: SECONDS },
  });
  const retries = meter.createCounter("globus_compute.request.retries", {
    unit: "{retry}",
  });
  const rateLimitWait = meter.createHistogram("globus_compute.rate_limit.wait", {
    unit: "s",
    advice: { explicitBucketBoundaries: SECONDS },
  });
  const submitted = meter.createCounter("globus_compute.tasks.submitted", {
    unit: "{task}",
  });
  const ended = meter.createCounter("globus_compute.tasks.ended", {
    unit: "{task}",
  });
  const handled = meter.createCounter("globus_compute.handler.events", {
    unit: "{event}",
  });
  return {
    request(event) {
      requestDuration.record(event.durationMs / 1000, {
        ...routeOf(event),
        ...errorTypeOf(event.error),
        ...(event.status === undefined ? {} : { "http.response.status_code": event.status }),
      });
    },
    retry: (event) => retries.add(1, { ...routeOf(event), ...errorTypeOf(event.error) }),
    rateLimited: (event) => rateLimitWait.record(event.waitedMs / 1000, routeOf(event)),
    submission({ taskCount, outcome, endpointId, error }) {
      const attributes = { "globus_compute.endpoint.id": endpointId, "globus_compute.outcome": outcome };
      submitted.add(taskCount, { ...attributes, ...errorTypeOf(error) });
    },
    tasksRead({ successCount, failedCount }) {
      const counts = { success: successCount, failed: failedCount };
      for (const [state, count] of Object.entries(counts)) {
        if (count > 0) ended.add(count, { "globus_compute.task.state": state });
      }
    },
    handler({ event, hook }) {
      handled.add(1, {
        "globus_compute.event": event,
        ...(hook === undefined ? {} : { "globus_compute.hook": hook }),
      });
    },
  };
}

const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi;

/** A route of the service, as OpenTelemetry's conventions for HTTP name it: the ids stand for all ids. */
function routeOf({ method, path }: { method: string; path: string }): Attributes {
  return { "http.request.method": method, "url.template": path.replace(UUID, "{id}") };
}

/** What something has failed with: the code of an error of this module, or the name of another. */
function errorTypeOf(error: unknown): Attributes {
  if (error === undefined) return {};
  if (error instanceof ComputeError) return { "error.type": error.code };
  return { "error.type": error instanceof Error ? error.name : "Error" };
}
