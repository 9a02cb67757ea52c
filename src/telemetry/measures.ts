import type { Meter } from "@opentelemetry/api";
import { ComputeError } from "../errors/compute_error.ts";
import type { Attributes, MeasuredEvent } from "./telemetry.ts";

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

const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi;

/** A route of the service, as OpenTelemetry's conventions for HTTP name it: the ids stand for all ids. */
export function routeOf({ method, path }: { method: string; path: string }): Attributes {
  return { "http.request.method": method, "url.template": path.replace(UUID, "{id}") };
}

/** What something has failed with: the code of an error of this module, or the name of another. */
export function errorTypeOf(error: unknown): Attributes {
  if (error === undefined) return {};
  if (error instanceof ComputeError) return { "error.type": error.code };
  return { "error.type": error instanceof Error ? error.name : "Error" };
}
