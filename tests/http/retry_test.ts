/** Proves which failures of which operations `createRetry()` repeats, how often, and after which pauses. */
import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import fc from "fast-check";
import { ComputeAuthorizationError, ComputeHttpError, ComputeNetworkError } from "../../mod.ts";
import { createRetry } from "../../src/http/retry.ts";
import type { Operation } from "../../src/http/send.ts";
import { ManualClock, settle } from "../support/manual_clock.ts";

const emit = () => {};

interface Run {
  /** What the call came to. */
  outcome: Promise<unknown>;
  /** When each attempt was made, counted from the start. */
  sentMs: number[];
  clock: ManualClock;
}

interface Scenario {
  /** What the attempts fail with; the last one for ever, unless `succeeds`. */
  failures: unknown[];
  succeeds?: boolean;
  operation?: Operation;
  maxAttempts?: number;
  random?: () => number;
  signal?: AbortSignal;
}

function start(scenario: Scenario): Run {
  const { failures, succeeds = false, operation = "read", maxAttempts = 6, random = () => 0.5 } = scenario;
  const clock = new ManualClock();
  const startMs = clock.nowMs();
  const sentMs: number[] = [];
  const send = createRetry({ clock, maxAttempts, random, emit })(() => {
    const index = sentMs.push(clock.nowMs() - startMs) - 1;
    if (succeeds && index >= failures.length) return Promise.resolve(new Response("done"));
    return Promise.reject(failures[Math.min(index, failures.length - 1)]);
  });
  const request = new Request("https://compute.example.org/v2/tasks/1");
  const outcome = send(request, { operation, signal: scenario.signal, timeoutMs: undefined })
    .catch((error) => error);
  return { outcome, sentMs, clock };
}

/** The attempts of a call that fails in the end, and the pauses between them. */
async function pausesOf(scenario: Scenario): Promise<number[]> {
  const { outcome, sentMs, clock } = start(scenario);
  await clock.runUntil(outcome);
  assertEquals(clock.sleeping, 0);
  return sentMs.slice(1).map((ms, index) => ms - (sentMs[index] as number));
}

function http(status: number, retryAfterMs?: number, serviceCode?: string): ComputeHttpError {
  return new ComputeHttpError(`failed: ${status}`, { status, retryAfterMs, serviceCode });
}

const OWN = "UNKNOWN_ERROR";

const ALL: Operation[] = ["read", "write", "create", "submit"];
const HARMLESS: Operation[] = ["read", "write"];

/** Which kinds of call are made again after a failure. */
const TABLE: [name: string, failure: unknown, repeated: Operation[]][] = [
  ["a lost connection", new ComputeNetworkError("lost"), HARMLESS],
  ["a 408", http(408), HARMLESS],
  ["a 429", http(429), ALL],
  ["a 429 with Retry-After", http(429, 1000), ALL],
  ["a 500", http(500), HARMLESS],
  ["a 502", http(502), HARMLESS],
  ["a 503", http(503), HARMLESS],
  ["a service that was not reached", new ComputeNetworkError("refused", { unreached: true }), ALL],
  ["a 503 with Retry-After of the service itself", http(503, 1000, OWN), ALL],
  ["a 503 with Retry-After: 0 of the service itself", http(503, 0, OWN), ALL],
  ["a 503 with Retry-After of a proxy", http(503, 1000), HARMLESS],
  ["a 504", http(504), HARMLESS],
  ["a 504 with Retry-After", http(504, 1000), HARMLESS],
  ["a 400", http(400), []],
  ["a 401", new ComputeAuthorizationError("refused", { status: 401 }), []],
  ["a 403", new ComputeAuthorizationError("refused", { status: 403 }), []],
  ["a 404", http(404), []],
  ["a 404 with Retry-After", http(404, 1000), []],
  ["a 413", http(413), []],
  ["a 501", http(501), []],
  ["a TypeError", new TypeError("wrong"), []],
  ["what only looks retryable", { retryable: true, status: 429 }, []],
];

for (const [name, failure, repeated] of TABLE) {
  for (const operation of ALL) {
    const isRepeated = repeated.includes(operation);
    Deno.test(`createRetry() ${isRepeated ? "repeats" : "does not repeat"} a ${operation} after ${name}`, async () => {
      const { outcome, sentMs, clock } = start({ failures: [failure], operation, succeeds: true });
      const result = await clock.runUntil(outcome);
      assertEquals(sentMs.length, isRepeated ? 2 : 1);
      if (isRepeated) assertEquals(await (result as Response).text(), "done");
      else assertStrictEquals(result, failure);
    });
  }
}

for (const maxAttempts of [1, 2, 6]) {
  Deno.test(`createRetry() sends ${maxAttempts} times with maxAttempts ${maxAttempts}, and throws the last failure`, async () => {
    const failures = Array.from(
      { length: maxAttempts + 1 },
      (_, index) => new ComputeNetworkError(`${index}`),
    );
    const { outcome, sentMs, clock } = start({ failures, maxAttempts });
    assertStrictEquals(await clock.runUntil(outcome), failures[maxAttempts - 1]);
    assertEquals(sentMs.length, maxAttempts);
  });
}

Deno.test("createRetry() with maxAttempts 1 does not pause", async () => {
  const { outcome, clock } = start({ failures: [http(503, 1000)], maxAttempts: 1 });
  await settle();
  assertEquals(clock.sleeping, 0);
  assertEquals((await outcome as Error).message, "failed: 503");
});

Deno.test("createRetry() stops at the first failure that must not be repeated", async () => {
  const failures = [http(429), http(503, 10, OWN), http(500)];
  const { outcome, sentMs, clock } = start({ failures, operation: "submit", succeeds: true });
  assertStrictEquals(await clock.runUntil(outcome), failures[2]);
  assertEquals(sentMs.length, 3);
});

Deno.test("createRetry() passes the request and the call on as they are", async () => {
  const request = new Request("https://compute.example.org/v2/tasks/1");
  const call = { operation: "read", signal: undefined, timeoutMs: 5 } as const;
  const seen: unknown[] = [];
  const clock = new ManualClock();
  const send = createRetry({ clock, maxAttempts: 2, emit })((...args) => {
    seen.push(...args);
    return seen.length < 4 ? Promise.reject(http(500)) : Promise.resolve(new Response());
  });
  await clock.runUntil(send(request, call));
  for (const [index, expected] of [request, call, request, call].entries()) {
    assertStrictEquals(seen[index], expected);
  }
});

Deno.test("createRetry() doubles the bound of its pauses up to 20 s", async () => {
  const scenario = { failures: [http(500)], maxAttempts: 9 };
  const bounds = [500, 1000, 2000, 4000, 8000, 16_000, 20_000, 20_000];
  assertEquals(await pausesOf({ ...scenario, random: () => 1 }), bounds);
  assertEquals(await pausesOf({ ...scenario, random: () => 0.25 }), bounds.map((ms) => ms / 4));
  assertEquals(await pausesOf({ ...scenario, random: () => 0 }), bounds.map(() => 0));
});

Deno.test("createRetry() draws each pause anew", async () => {
  const draws = [0.5, 0, 1];
  const random = () => draws.shift() as number;
  assertEquals(await pausesOf({ failures: [http(500)], maxAttempts: 4, random }), [250, 0, 2000]);
  assertEquals(draws, []);
});

Deno.test("createRetry() draws by itself, within the bounds", async () => {
  const clock = new ManualClock();
  const startMs = clock.nowMs();
  const send = createRetry({ clock, maxAttempts: 2, emit })(() => Promise.reject(http(500)));
  const request = new Request("https://compute.example.org");
  const pauses: number[] = [];
  for (let run = 0; run < 50; run++) {
    const beganMs = clock.nowMs();
    const call = { operation: "read", signal: undefined, timeoutMs: undefined } as const;
    await clock.runUntil(send(request, call).catch(() => {}));
    pauses.push(clock.nowMs() - beganMs);
  }
  assert(clock.nowMs() > startMs && new Set(pauses).size > 1, "The pauses are all alike");
  assert(pauses.every((ms) => ms >= 0 && ms <= 500), `${pauses}`);
});

for (
  const [asked, retryAfterMs, expected] of [
    ["0 s", 0, 0],
    ["7 s", 7000, 7000],
    ["60 s", 60_000, 60_000],
    ["61 s", 61_000, 60_000],
    ["a day", 86_400_000, 60_000],
    ["more than a number holds", Infinity, 60_000],
  ] as const
) {
  Deno.test(`createRetry() pauses for ${expected / 1000} s and the jitter when it is asked for ${asked}`, async () => {
    for (const operation of ALL) {
      const scenario = { failures: [http(503, retryAfterMs, OWN)], operation, maxAttempts: 3 };
      assertEquals(await pausesOf(scenario), [expected + 250, expected + 500]);
    }
  });
}

Deno.test("createRetry() never comes earlier than asked, nor later than the cap and the jitter", async () => {
  const failure = fc.record({
    status: fc.constantFrom(408, 429, 500, 502, 503, 504),
    retryAfterMs: fc.option(fc.nat(200_000), { nil: undefined }),
  });
  const scenarios = fc.array(fc.tuple(failure, fc.double({ min: 0, max: 1, noNaN: true })), {
    maxLength: 10,
  });
  await fc.assert(fc.asyncProperty(scenarios, async (steps) => {
    const failures = steps.map(([{ status, retryAfterMs }]) => http(status, retryAfterMs));
    const draws = steps.map(([, draw]) => draw);
    const random = () => draws.shift() as number;
    const pauses = await pausesOf({ failures, succeeds: true, maxAttempts: 11, random });
    assertEquals(pauses.length, steps.length);
    for (const [index, ms] of pauses.entries()) {
      const askedMs = Math.min(failures[index]?.retryAfterMs ?? 0, 60_000);
      const boundMs = Math.min(500 * 2 ** index, 20_000);
      // The clock counts from 1970: a part of a millisecond is rounded off.
      assert(ms >= askedMs - 1 && ms <= askedMs + boundMs + 1, `${index}: ${ms} ms`);
    }
  }));
});

Deno.test("createRetry() ends its pause with the reason of the signal", async () => {
  const abort = new AbortController();
  const { outcome, sentMs, clock } = start({ failures: [http(503, 5000)], signal: abort.signal });
  await clock.advance(1000);
  assertEquals(clock.sleeping, 1);
  const reason = { why: "enough" };
  abort.abort(reason);
  assertStrictEquals(await outcome, reason);
  await clock.advance(100_000);
  assertEquals(sentMs, [0]);
  assertEquals(clock.sleeping, 0);
});
