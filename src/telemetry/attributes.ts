import { ComputeError } from "../errors/compute_error.ts";
import type { Attributes } from "./telemetry.ts";

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
