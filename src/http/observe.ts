import { ComputeError } from "../errors/compute_error.ts";
import { inSpan, measure } from "../telemetry/telemetry.ts";
import type { Clock } from "../base/clock.ts";
import { type Layer, type Plan, targetOf } from "./send.ts";
import { given } from "../base/narrow.ts";
import { notify } from "../base/notify.ts";
import type { ComputeEvent } from "../telemetry/event.ts";

/** Shows each call as one span, through all of its attempts. */
export function createTrace(): Layer<Plan> {
  return (next) => async (request, call) => {
    const start = () => {
      const { hostname } = new URL(request.url);
      const attributes = { "server.address": hostname, "globus_compute.operation": call.operation };
      return { name: targetOf(request), attributes };
    };
    return await inSpan(start, (span) =>
      telling(next(request, call), ({ status, requestId }) => {
        span.add(given({ "http.response.status_code": status, "globus_compute.request_id": requestId }));
      }));
  };
}

/** Tells of each attempt when it is over. */
export function createObserve({ clock, emit }: { clock: Clock; emit: Emit }): Layer {
  return (next) => (request, call) => {
    const startMs = clock.monotonicMs();
    return telling(next(request, call), (answer) => {
      emit({ kind: "request", ...targetOf(request), durationMs: clock.monotonicMs() - startMs, ...answer });
    });
  };
}

/** Passes on what comes of a call, and tells of it. */
function telling(
  call: Promise<Response>,
  tell: (answer: Answer & { error?: unknown }) => void,
): Promise<Response> {
  return call.then((response) => {
    tell(answerOf(response));
    return response;
  }, (error) => {
    tell({ ...answerOf(error), error });
    throw error;
  });
}

interface Answer {
  status?: number;
  requestId?: string;
}

/** What the service has answered, as far as the result of a call tells. */
function answerOf(result: unknown): Answer {
  const isAnswer = result instanceof Response || result instanceof ComputeError;
  const { status, requestId }: Answer = isAnswer ? result : {};
  return given({ status, requestId });
}

/** Tells what has happened to whoever looks on. */
export type Emit = (event: ComputeEvent) => void;

/** Tells the caller's `onEvent`, and the host's OpenTelemetry. */
export function createEmit(onEvent: Emit | undefined): Emit {
  return (event) => {
    measure(event);
    notify(onEvent, event);
  };
}
