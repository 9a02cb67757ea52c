import {
  type Context,
  context,
  isSpanContextValid,
  metrics,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from "@opentelemetry/api";
import { VERSION } from "../version.ts";
import { errorTypeOf, routeOf } from "./attributes.ts";
import { createMeasures } from "./measures.ts";
import type { MeasuredEvent, Telemetry } from "./telemetry.ts";

const NAME = "@edge-compute/globus";

/** Spans and measurements of the host's OpenTelemetry. */
export function openTelemetry(): Telemetry {
  const tracer = trace.getTracer(NAME, VERSION);
  // A meter of before the host's provider is there measures nothing, ever.
  let provider = metrics.getMeterProvider();
  let measures = createMeasures(provider.getMeter(NAME, VERSION));
  return {
    inSpan({ name, isRequest = false, attributes = {}, traceparent }, work) {
      const kind = isRequest ? SpanKind.CLIENT : SpanKind.INTERNAL;
      return tracer.startActiveSpan(name, { kind, attributes }, parentOf(traceparent), async (span) => {
        try {
          return await work({ add: (attributes) => void span.setAttributes(attributes) });
        } catch (error) {
          const message = error instanceof Error ? error.message : String(error);
          span.setAttributes(errorTypeOf(error)).setStatus({ code: SpanStatusCode.ERROR, message });
          throw error;
        } finally {
          span.end();
        }
      });
    },
    record(event) {
      const current = metrics.getMeterProvider();
      if (current !== provider) measures = createMeasures((provider = current).getMeter(NAME, VERSION));
      const measure: (event: never) => void = measures[event.kind];
      measure(event as never);
      noteOn(trace.getActiveSpan(), event);
    },
  };
}

/** The span that the work is done in; where there is none, the one that a sender has named. */
function parentOf(traceparent: string | undefined): Context {
  const active = context.active();
  if (traceparent === undefined || trace.getSpan(active) !== undefined) return active;
  const [, traceId = "", spanId = "", flags = ""] = traceparent.split("-");
  const sender = { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
  return isSpanContextValid(sender) ? trace.setSpanContext(active, sender) : active;
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
