import { ComputeAuthorizationError } from "../errors/authorization_error.ts";
import { ComputeHttpError } from "../errors/http_error.ts";
import { ComputeNetworkError } from "../errors/network_error.ts";
import { redact } from "./redact.ts";
import { nameOf } from "./send.ts";

/** Makes an error of an answer that is no success. */
export async function toError(
  request: Request,
  response: Response,
  nowMs: number,
): Promise<ComputeHttpError | ComputeAuthorizationError> {
  const { status } = response;
  const answers = await loadAnswers();
  if (answers === undefined) response.body?.cancel().catch(() => {});
  const { serviceCode, detail, authorizationParameters } =
    await answers?.readErrorDocument(response, credentialsOf(request)) ?? {};
  const requestId = requestIdOf(response, request);
  const code = serviceCode === undefined ? "" : ` ${serviceCode}`;
  const message = `${nameOf(request)} failed: ${status}${code}${detail ? `: ${detail}` : ""}`;
  const init = { status, serviceCode, detail, requestId };
  const asksForLogin = authorizationParameters !== undefined && status < 500;
  if (status === 401 || status === 403 || asksForLogin) {
    return new ComputeAuthorizationError(message, { ...init, authorizationParameters });
  }
  const { headers } = response;
  const retryAfterMs = answers === undefined
    ? 1000 * Number(headers.get("retry-after")) || undefined
    : answers.retryAfterMs(headers, nowMs);
  return new ComputeHttpError(message, { ...init, retryAfterMs });
}

/** Makes an error of what a `fetch` has thrown, or the body of an answer. */
export async function toNetworkError(
  request: Request,
  cause: unknown,
  isAnswered: boolean,
): Promise<ComputeNetworkError> {
  const { reason = String(cause), isUnreached = false } = (await loadAnswers())?.readFailure(cause) ?? {};
  const init = { cause, unreached: isUnreached && !isAnswered };
  return new ComputeNetworkError(`${nameOf(request)} failed: ${reason}`, init);
}

/**
 * What explains a failure is loaded with the first one. Where it cannot be, the status alone has to do, and a connection
 * that failed is a doubt.
 */
export async function loadAnswers(): Promise<typeof import("./error_answers.ts") | undefined> {
  try {
    return await import("./error_answers.ts");
  } catch {
    return undefined;
  }
}

/** The id by which the service's operators find a request. */
export function requestIdOf({ headers }: Response, request: Request): string | undefined {
  const id = headers.get("x-request-id") ?? headers.get("x-amzn-trace-id") ?? undefined;
  return id === undefined ? undefined : redact(id, credentialsOf(request));
}

/** A server that repeats what it was sent does not get it into a message. */
function credentialsOf(request: Request): string[] {
  return (request.headers.get("authorization") ?? "").split(" ").slice(1);
}
