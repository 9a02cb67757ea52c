/** Proves which failures `isRefusal()` takes for proof that the service did nothing. */
import { assertEquals } from "@std/assert";
import {
  ComputeAuthorizationError,
  ComputeHttpError,
  ComputeNetworkError,
  ComputeTimeoutError,
} from "../../mod.ts";
import { isRefusal } from "../../src/http/refusal.ts";

function http(status: number, retryAfterMs?: number): ComputeHttpError {
  return new ComputeHttpError("", { status, retryAfterMs });
}

const REFUSALS: [name: string, error: unknown][] = [
  ["a 400", http(400)],
  ["a 401", new ComputeAuthorizationError("", { status: 401 })],
  ["a 403", new ComputeAuthorizationError("", { status: 403 })],
  ["credentials that cannot be had", new ComputeAuthorizationError("")],
  ["a 404", http(404)],
  ["a 409", http(409)],
  ["a 413", http(413)],
  ["a 422", http(422)],
  ["a 429", http(429)],
  ["a 429 with Retry-After", http(429, 1000)],
  ["a 499", http(499)],
  ["a 503 with Retry-After", http(503, 1000)],
  ["a 503 with Retry-After: 0", http(503, 0)],
];

const DOUBTS: [name: string, error: unknown][] = [
  ["a 408", http(408)],
  ["a 408 with Retry-After", http(408, 1000)],
  ["a 500", http(500)],
  ["a 500 with Retry-After", http(500, 1000)],
  ["a 502", http(502)],
  ["a 502 with Retry-After", http(502, 1000)],
  ["a 503", http(503)],
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
  Deno.test(`isRefusal() takes ${name} for a proof that nothing was done`, () => {
    assertEquals(isRefusal(error), true);
  });
}

for (const [name, error] of DOUBTS) {
  Deno.test(`isRefusal() takes ${name} for no proof`, () => {
    assertEquals(isRefusal(error), false);
  });
}
