import type { Meter } from "@opentelemetry/api";
import { errorTypeOf, routeOf } from "./attributes.ts";
import type { MeasuredEvent } from "./telemetry.ts";

type EventOf<Kind extends MeasuredEvent["kind"]> = Extract<MeasuredEvent, { kind: Kind }>;
/** Tells an instrument of an event, by the kind of that. */
export type Measures = { [Kind in MeasuredEvent["kind"]]: (event: EventOf<Kind>) => void };

/** In seconds: as OpenTelemetry's conventions for HTTP have them, and up to the time that an attempt may take. */
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 30, 60];

/** The instruments of a meter, by the kind of event that they are told. */
export function createMeasures(meter: Meter): Measures {
  const requestDuration = meter.createHistogram("globus_compute.request.duration", {
    unit: "s",
    advice: { explicitBucketBoundaries: SECONDS },
    description: "How long attempts to send a request took",
  });
  const retries = meter.createCounter("globus_compute.request.retries", {
    unit: "{retry}",
    description: "Requests that were sent again",
  });
  const rateLimitWait = meter.createHistogram("globus_compute.rate_limit.wait", {
    unit: "s",
    advice: { explicitBucketBoundaries: SECONDS },
    description: "How long requests were held back to keep to the rate",
  });
  const submitted = meter.createCounter("globus_compute.tasks.submitted", {
    unit: "{task}",
    description: "Tasks of submissions, by what became of those",
  });
  const ended = meter.createCounter("globus_compute.tasks.ended", {
    unit: "{task}",
    description: "Tasks whose outcome was read",
  });
  const handled = meter.createCounter("globus_compute.handler.events", {
    unit: "{event}",
    description: "What has happened in the edge handler",
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
