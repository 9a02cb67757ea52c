import { asError } from "../src/base/narrow.ts";
import { ComputeError } from "../src/errors/compute_error.ts";
import type { EdgeEvent } from "./event.ts";

const MAX_MESSAGE_LENGTH = 500;

/**
 * An event as a line of JSON, for a log. Of an error it tells the name, message, code and the service's request id: those
 * of this module have no secrets; what a hook or an authorizer throws is told as it is.
 */
export function eventLine(event: EdgeEvent | { kind: string; [name: string]: unknown }): string {
  const { error, ...rest } = event as { kind: string; [name: string]: unknown };
  return JSON.stringify({
    time: new Date().toISOString(),
    ...rest,
    ...(error ? { error: inBrief(error) } : {}),
  });
}

function inBrief(error: unknown): Record<string, string> {
  const { name, message } = asError(error);
  return {
    name,
    message: message.replaceAll(/\s+/g, " ").slice(0, MAX_MESSAGE_LENGTH),
    ...(error instanceof ComputeError ? codeAndRequestId(error) : {}),
  };
}

function codeAndRequestId({ code, requestId }: ComputeError): Record<string, string> {
  return { code, ...(requestId === undefined ? {} : { requestId }) };
}
