/** Proves which failures `isRefusal()` takes for proof that the service did nothing. */
import { assertEquals } from "@std/assert";
import {
  ComputeAuthorizationError,
  ComputeHttpError,
  ComputeNetworkError,
  ComputeTimeoutError,
} from "../../mod.ts";
import { isUntaken } from "../../src/http/refusal.ts";

function http(status: number, retryAfterMs?: number, serviceCode?: string): ComputeHttpError {
  return new ComputeHttpError("", { status, retryAfterMs, serviceCode });
}

const OWN = "UNKNOWN_ERROR";
/** All that is documented to mean that nothing was done. */
const REFUSED = [400, 401, 403, 404, 409, 413, 415, 422, 423, 429];

const REFUSALS: [name: string, error: unknown][] = [
  ["a 401 of the credentials", new ComputeAuthorizationError("", { status: 401 })],
  ["a 403 of the credentials", new ComputeAuthorizationError("", { status: 403 })],
  ["credentials that cannot be had", new ComputeAuthorizationError("")],
  ["a 429 with Retry-After", http(429, 1000)],
  ["a 503 with Retry-After of the service itself", http(503, 1000, OWN)],
  ["a 503 with Retry-After: 0 of the service itself", http(503, 0, OWN)],
  ["a service that was not reached", new ComputeNetworkError("", { unreached: true })],
];

const DOUBTS: [name: string, error: unknown][] = [
  ["a 408", http(408)],
  ["a 408 with Retry-After", http(408, 1000)],
  ["a 500", http(500)],
  ["a 500 with Retry-After", http(500, 1000)],
  ["a 502", http(502)],
  ["a 502 with Retry-After", http(502, 1000)],
  ["a 503", http(503)],
  ["a 503 with Retry-After of a proxy", http(503, 1000)],
  ["a 503 of the service itself without Retry-After", http(503, undefined, OWN)],
  ["a 408 that asks for another login", new ComputeAuthorizationError("", { status: 408 })],
  ["a 302 that asks for another login", new ComputeAuthorizationError("", { status: 302 })],
  ["a 504", http(504)],
  ["a 504 with Retry-After", http(504, 1000)],
  ["a lost connection", new ComputeNetworkError("")],
  ["a time that ran out", new ComputeTimeoutError("", { timeoutMs: 1 })],
  ["an abort", new DOMException("", "AbortError")],
  ["a TypeError", new TypeError("")],
  ["what only looks like a 400", { status: 400 }],
  ["nothing", undefined],
];

for (const [name, error] of REFUSALS) {
  Deno.test(`isUntaken() takes ${name} for a proof that nothing was done`, () => {
    assertEquals(isUntaken(error), true);
  });
}

for (const [name, error] of DOUBTS) {
  Deno.test(`isUntaken() takes ${name} for no proof`, () => {
    assertEquals(isUntaken(error), false);
  });
}

Deno.test("isUntaken() takes each status that is documented to mean it for a proof, and no other", () => {
  const statuses = Array.from({ length: 600 }, (_, status) => status);
  assertEquals(statuses.filter((status) => isUntaken(http(status))), REFUSED);
});
