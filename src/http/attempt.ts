import { ComputeError } from "../errors/compute_error.ts";
import { ComputeNetworkError } from "../errors/network_error.ts";
import type { Clock } from "./clock.ts";
import { withDeadline } from "./deadline.ts";
import { requestIdOf, toError } from "./error_response.ts";
import { JsonResponse } from "./json_response.ts";
import { isRefusal, isRefusalStatus } from "./refusal.ts";
import { retryAfterMs } from "./retry_after.ts";
import type { Send } from "./send.ts";
import { nameOf } from "./target.ts";

/** How long one attempt may take until its answer is read: as in the Python SDK. */
export const ATTEMPT_TIMEOUT_MS = 60_000;

/** What an attempt needs of the world. */
export interface AttemptOptions {
  fetch: (request: Request) => Promise<Response>;
  clock: Clock;
}

/**
 * Sends a request once and reads the whole answer.
 *
 * @returns A `send` that resolves to a success with JSON, and throws `ComputeHttpError`,
 * `ComputeAuthorizationError` or `ComputeNetworkError` for everything else.
 */
export function createAttempt({ fetch, clock }: AttemptOptions): Send {
  return async (request, call) => {
    await call.beforeAttempt?.();
    const where = nameOf(request);
    const onTimeout = () =>
      new ComputeNetworkError(`${where} failed: no answer within ${ATTEMPT_TIMEOUT_MS / 1000} s`);
    return await withDeadline(
      { clock, signal: call.signal, timeoutMs: ATTEMPT_TIMEOUT_MS, onTimeout },
      async (signal) => {
        let response: Response;
        let text: string;
        let isRefused = false;
        try {
          call.onDoubt?.(true);
          response = await fetch(new Request(request, { signal, redirect: "manual" }));
          if (!response.ok) {
            const nowMs = clock.nowMs();
            isRefused = isRefusalStatus(response.status, retryAfterMs(response.headers, nowMs));
            // Before the body, which may be long in coming: a caller who leaves meanwhile is in no doubt.
            if (isRefused) await call.onDoubt?.(false);
            throw await toError(request, response, nowMs);
          }
          text = await response.text();
        } catch (cause) {
          if (signal.aborted) throw signal.reason;
          // A 408 whose body asks for another login is a refusal too.
          if (!isRefused && isRefusal(cause)) await call.onDoubt?.(false);
          if (cause instanceof ComputeError) throw cause;
          throw new ComputeNetworkError(`${where} failed: ${reasonOf(cause)}`, { cause });
        }
        return new JsonResponse(parse(text, request, response), {
          status: response.status,
          length: text.length,
          requestId: requestIdOf(response, request),
        });
      },
    );
  };
}

function parse(text: string, request: Request, response: Response): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const type = response.headers.get("content-type") ?? "no content type";
    const what = text === ""
      ? "an empty body"
      : `a body that is no JSON (${type}, ${text.length} characters)`;
    const message = `${nameOf(request)} failed: status ${response.status} came with ${what}`;
    throw new ComputeNetworkError(message, { requestId: requestIdOf(response, request) });
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { message, cause } = error;
  return cause instanceof Error && cause.message !== "" ? `${message} (${cause.message})` : message;
}
