/** Proves that each attempt takes a permit, and that only a 429 with Retry-After pauses the limiter. */
import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import {
  ComputeAuthorizationError,
  ComputeHttpError,
  ComputeNetworkError,
  type Limiter,
  rateLimiter,
} from "../../mod.ts";
import { createLimit } from "../../src/http/limiter.ts";
import { createRetry } from "../../src/http/retry.ts";
import { type Call, compose, type Send } from "../../src/http/send.ts";
import { ManualClock, settle } from "../support/manual_clock.ts";

const emit = () => {};
const CALL: Call = { operation: "read", signal: undefined, timeoutMs: undefined };

function request(): Request {
  return new Request("https://compute.example.org/v2/tasks/1");
}

function tooMany(retryAfterMs?: number): ComputeHttpError {
  return new ComputeHttpError("too many", { status: 429, retryAfterMs });
}

/** Fails with these, one after the other, and then succeeds. */
function failing(...failures: unknown[]): Send {
  return () => failures.length > 0 ? Promise.reject(failures.shift()) : Promise.resolve(new Response());
}

/** A limiter that holds nothing back, and what it was told. */
function createObservedLimiter(): Limiter & { told: unknown[] } {
  const told: unknown[] = [];
  return {
    told,
    acquire: (options) => {
      told.push(["acquire", options?.signal]);
      return Promise.resolve();
    },
    pause: (ms) => void told.push(["pause", ms]),
  };
}

Deno.test("createLimit() holds back every request that shares the limiter after a 429 with Retry-After", async () => {
  const clock = new ManualClock();
  const limiter = rateLimiter({ clock });
  const first = createLimit(limiter, { clock, emit })(failing(tooMany(7000)));
  const second = createLimit(limiter, { clock, emit })(failing());
  await assertRejects(() => first(request(), CALL), ComputeHttpError, "too many");
  let sent = 0;
  const work = [first, second].map((send) => send(request(), CALL).then(() => sent++));
  await clock.advance(6999);
  assertEquals(sent, 0);
  await clock.advance(1);
  assertEquals(sent, 2);
  await Promise.all(work);
});

Deno.test("createLimit() pauses for no longer than 60 s, whatever the service asks for", async () => {
  const clock = new ManualClock();
  const send = createLimit(rateLimiter({ clock }), { clock, emit })(failing(tooMany(3_600_000)));
  await assertRejects(() => send(request(), CALL), ComputeHttpError);
  let sent = 0;
  const work = send(request(), CALL).then(() => sent++);
  await clock.advance(59_999);
  assertEquals(sent, 0);
  await clock.advance(1);
  assertEquals(sent, 1);
  await work;
});

for (
  const [name, failure] of [
    ["a 503 with Retry-After", new ComputeHttpError("", { status: 503, retryAfterMs: 7000 })],
    ["a 500", new ComputeHttpError("", { status: 500 })],
    ["a 401", new ComputeAuthorizationError("", { status: 401 })],
    ["a lost connection", new ComputeNetworkError("")],
    ["what is no error", "stop"],
  ] as const
) {
  Deno.test(`createLimit() does not pause for ${name}`, async () => {
    const limiter = createObservedLimiter();
    const send = createLimit(limiter, { clock: new ManualClock(), emit })(failing(failure));
    const thrown = await send(request(), CALL).catch((error) => error);
    assertStrictEquals(thrown, failure);
    assertEquals(limiter.told, [["acquire", undefined]]);
  });
}

Deno.test("createLimit() asks for no pause when a 429 names none", async () => {
  const limiter = createObservedLimiter();
  const send = createLimit(limiter, { clock: new ManualClock(), emit })(failing(tooMany()));
  await assertRejects(() => send(request(), CALL), ComputeHttpError);
  assertEquals(limiter.told, [["acquire", undefined], ["pause", 0]]);
});

Deno.test("createLimit() takes a permit for each attempt", async () => {
  const clock = new ManualClock();
  const limiter = createObservedLimiter();
  const { signal } = new AbortController();
  const failure = new ComputeNetworkError("lost");
  const send = compose(
    [createRetry({ clock, maxAttempts: 5, emit }), createLimit(limiter, { clock, emit })],
    failing(failure, failure, failure),
  );
  await clock.runUntil(send(request(), { ...CALL, signal }));
  assertEquals(limiter.told, Array.from({ length: 4 }, () => ["acquire", signal]));
});

Deno.test("createLimit() sends nothing before its turn, nor after an abort in the line", async () => {
  const clock = new ManualClock();
  const limiter = rateLimiter({ requests: 1, clock });
  await limiter.acquire();
  const abort = new AbortController();
  let sent = 0;
  const send = createLimit(limiter, { clock, emit })(() => {
    sent++;
    return Promise.resolve(new Response());
  });
  const reason = new Error("enough");
  const work = send(request(), { ...CALL, signal: abort.signal }).catch((error) => error);
  await clock.advance(5000);
  assertEquals(sent, 0);
  abort.abort(reason);
  assertStrictEquals(await work, reason);
  await settle();
  assertEquals([sent, clock.sleeping], [0, 0]);
});
