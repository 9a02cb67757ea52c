import {
  type Context,
  context,
  isSpanContextValid,
  metrics,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from "@opentelemetry/api";
import { ComputeError } from "../errors/compute_error.ts";
import { createMeasures, errorTypeOf, routeOf } from "./measures.ts";
import type { MeasuredEvent, OpenSpan, SpanStart, Telemetry } from "./telemetry.ts";

const NAME = "@edge-compute/globus";

/** Spans and measurements of the host's OpenTelemetry. */
export function openTelemetry(version: string): Telemetry {
  const tracer = trace.getTracer(NAME, version);
  // A meter of before the host's provider is there measures nothing, ever.
  let provider = metrics.getMeterProvider();
  let measures = createMeasures(provider.getMeter(NAME, version));
  return {
    async inSpan<T>(
      { name: target, attributes, traceparent }: SpanStart,
      work: (span: OpenSpan) => Promise<T>,
    ): Promise<T> {
      const isRequest = typeof target !== "string";
      const route = isRequest ? routeOf(target) : {};
      const name = isRequest ? Object.values(route).join(" ") : target;
      const kind = isRequest ? SpanKind.CLIENT : SpanKind.INTERNAL;
      const parent = quietly(() => parentOf(traceparent)) ?? ROOT_CONTEXT;
      const span = quietly(() =>
        tracer.startSpan(name, { kind, attributes: { ...route, ...attributes } }, parent)
      );
      if (span === undefined) return await work({ add() {} });
      let working: Promise<T> | undefined;
      const run = async () =>
        await work({ add: (attributes) => void quietly(() => span.setAttributes(attributes)) });
      quietly(() => context.with(trace.setSpan(parent, span), () => working = run()));
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
      const current = metrics.getMeterProvider();
      if (current !== provider) measures = createMeasures((provider = current).getMeter(NAME, version));
      const measure: (event: never) => void = measures[event.kind];
      measure(event as never);
      noteOn(trace.getActiveSpan(), event);
    },
  };
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
  span.setAttributes(errorTypeOf(error)).setStatus({ code: SpanStatusCode.ERROR, ...message });
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
