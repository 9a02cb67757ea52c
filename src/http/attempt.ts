import { ComputeError } from "../errors/compute_error.ts";
import { ComputeNetworkError } from "../errors/network_error.ts";
import { parseJson } from "../base/narrow.ts";
import type { Clock } from "../base/clock.ts";
import { withDeadline } from "../base/deadline.ts";
import { requestIdOf, toError, toNetworkError } from "./error_response.ts";
import { nameOf, type Send } from "./send.ts";
import { isRefusedStatus, isUntaken } from "./refusal.ts";

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
    const onTimeout = () =>
      new ComputeNetworkError(`${nameOf(request)} failed: no answer within ${ATTEMPT_TIMEOUT_MS / 1000} s`);
    return await withDeadline(
      { clock, signal: call.signal, timeoutMs: ATTEMPT_TIMEOUT_MS, onTimeout },
      async (signal) => {
        let isAnswered = false;
        let isRefused = false;
        try {
          call.onDoubt?.(true);
          // A redirect would carry the credentials to another address: an answer that is one is an error.
          const response = await fetch(new Request(request, { signal, redirect: "manual" }));
          isAnswered = true;
          if (!response.ok) {
            isRefused = isRefusedStatus(response.status);
            // Before the body, which may be long in coming: a caller who leaves meanwhile is in no doubt.
            if (isRefused) await call.onDoubt?.(false);
            throw await toError(request, response, clock.nowMs());
          }
          const requestId = requestIdOf(response, request);
          const value = call.readAnswer === undefined
            ? parse(await response.text(), request, response)
            : await call.readAnswer(response, { clock, signal });
          return new JsonResponse(value, { status: response.status, requestId });
        } catch (cause) {
          if (signal.aborted) throw signal.reason;
          const error = cause instanceof ComputeError
            ? cause
            : await toNetworkError(request, cause, isAnswered);
          if (!isRefused && isUntaken(error)) await call.onDoubt?.(false);
          throw error;
        }
      },
    );
  };
}

function parse(text: string, request: Request, response: Response): unknown {
  try {
    return parseJson(text);
  } catch {
    const type = response.headers.get("content-type") ?? "no content type";
    const what = text === ""
      ? "an empty body"
      : `a body that is no JSON (${type}, ${text.length} characters)`;
    const message = `${nameOf(request)} failed: status ${response.status} came with ${what}`;
    throw new ComputeNetworkError(message, { requestId: requestIdOf(response, request) });
  }
}

/**
 * A success whose body has been read and parsed, so that a broken one counts as a failed attempt, and nothing
 * is parsed twice: openapi-fetch asks `json()`, as there is a `Content-Length` that is not 0.
 */
class JsonResponse extends Response {
  /** The id by which the service's operators find the request. */
  readonly requestId: string | undefined;
  readonly #value: unknown;

  /** @param value Nothing where the answer has no body, or none that is needed. */
  constructor(value: unknown, { status, requestId }: { status: number; requestId: string | undefined }) {
    super(null, { status, headers: { "content-length": value === undefined ? "0" : "1" } });
    this.#value = value;
    this.requestId = requestId;
  }

  override json(): Promise<unknown> {
    return Promise.resolve(this.#value);
  }
}
