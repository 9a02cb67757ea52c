/** Proves that `rateLimiter()` keeps to its rate, in order, and gives no place to who has left. */
import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { type Limiter, rateLimiter } from "../../mod.ts";
import { ManualClock, settle } from "../support/manual_clock.ts";

/** No request is held back for longer than the window and this. */
const MAX_MARGIN_MS = 200;

interface Line {
  clock: ManualClock;
  limiter: Limiter;
  /** The names of those let through, and when, counted from the start. */
  granted: string[];
  grantedMs: number[];
  /** Puts one in the line. */
  enter(name: string, signal?: AbortSignal): Promise<void>;
}

function setUpLine(requests: number, windowMs: number): Line {
  const clock = new ManualClock();
  const startMs = clock.nowMs();
  const limiter = rateLimiter({ requests, windowMs, clock });
  const granted: string[] = [];
  const grantedMs: number[] = [];
  const enter = async (name: string, signal?: AbortSignal) => {
    await limiter.acquire({ signal });
    granted.push(name);
    grantedMs.push(clock.nowMs() - startMs);
  };
  return { clock, limiter, granted, grantedMs, enter };
}

/** The most that were let through in any window that ends with one of them. */
function mostInAWindow(grantedMs: readonly number[], windowMs: number): number {
  return Math.max(
    0,
    ...grantedMs.map((endMs) => grantedMs.filter((ms) => ms <= endMs && ms > endMs - windowMs).length),
  );
}

Deno.test("rateLimiter() lets 20 requests through in any 10 s, unless told otherwise", async () => {
  const clock = new ManualClock();
  const startMs = clock.nowMs();
  const limiter = rateLimiter({ clock });
  const grantedMs: number[] = [];
  const work = Array.from({ length: 41 }, () => limiter.acquire().then(() => grantedMs.push(clock.nowMs())));
  await settle();
  assertEquals(grantedMs.length, 20);
  await clock.advance(10_000);
  assertEquals(grantedMs.length, 20);
  await clock.advance(MAX_MARGIN_MS);
  assertEquals(grantedMs.length, 40);
  await clock.runUntil(Promise.all(work));
  assertEquals(grantedMs[19], startMs);
  assertEquals(mostInAWindow(grantedMs, 10_000), 20);
  assertEquals(clock.sleeping, 0);
});

Deno.test("rateLimiter() keeps to the rate whenever requests come, and lets each through as soon as it may", async () => {
  const arrivals = fc.record({
    requests: fc.integer({ min: 1, max: 5 }),
    windowMs: fc.integer({ min: 1, max: 2000 }),
    gaps: fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 3000 })), { maxLength: 25 }),
  });
  await fc.assert(fc.asyncProperty(arrivals, async ({ requests, windowMs, gaps }) => {
    const { clock, granted, grantedMs, enter } = setUpLine(requests, windowMs);
    const names = gaps.map((_, index) => `${index}`);
    const work: Promise<void>[] = [];
    for (const [index, gap] of gaps.entries()) {
      await clock.advance(gap);
      work.push(enter(`${index}`));
    }
    await clock.runUntil(Promise.all(work));
    assertEquals(granted, names);
    assert(mostInAWindow(grantedMs, windowMs) <= requests, `Too many of ${grantedMs} in ${windowMs} ms`);
    let arrivedMs = 0;
    for (const [index, gap] of gaps.entries()) {
      arrivedMs += gap;
      const freeMs = (grantedMs[index - requests] ?? -Infinity) + windowMs + MAX_MARGIN_MS;
      const dueMs = Math.max(arrivedMs, grantedMs[index - 1] ?? 0, freeMs);
      assert((grantedMs[index] as number) <= dueMs, `${index} came late: ${grantedMs[index]}, not ${dueMs}`);
    }
    assertEquals(clock.sleeping, 0);
  }));
});

Deno.test("rateLimiter() lets the first requests through at once, and no more", async () => {
  const { granted, grantedMs, enter } = setUpLine(3, 1000);
  for (const name of ["a", "b", "c", "d"]) void enter(name);
  await settle();
  assertEquals(granted, ["a", "b", "c"]);
  assertEquals(grantedMs, [0, 0, 0]);
});

Deno.test("rateLimiter() lets requests through in the order in which they came", async () => {
  const { clock, granted, enter } = setUpLine(2, 1000);
  const names = ["a", "b", "c", "d", "e", "f", "g"];
  const work = names.map((name) => enter(name));
  await clock.advance(1);
  work.push(enter("late"));
  await clock.runUntil(Promise.all(work));
  assertEquals(granted, [...names, "late"]);
});

for (const [which, position] of [["the first", 0], ["one in the middle", 1], ["the last", 2]] as const) {
  Deno.test(`rateLimiter() rejects ${which} in line at once when it is aborted, and goes on with the others`, async () => {
    const { clock, granted, grantedMs, enter } = setUpLine(1, 1000);
    await enter("sent");
    const aborts = [new AbortController(), new AbortController(), new AbortController()];
    const reasons: unknown[] = [];
    const work = aborts.map(({ signal }, index) =>
      enter(`${index}`, signal).catch((reason) => void (reasons[index] = reason))
    );
    await clock.advance(500);
    const reason = new Error("enough");
    aborts[position]?.abort(reason);
    await settle();
    assertStrictEquals(reasons[position], reason);
    await clock.runUntil(Promise.all(work));
    assertEquals(granted, ["sent", ...["0", "1", "2"].filter((name) => name !== `${position}`)]);
    // No place was used: the last of three comes after two windows.
    assert((grantedMs[2] as number) <= 2 * (1000 + MAX_MARGIN_MS), `The last came at ${grantedMs[2]}`);
    assertEquals(Object.keys(reasons), [`${position}`]);
    assertEquals(clock.sleeping, 0);
  });
}

Deno.test("rateLimiter() rejects at once what is aborted already, and uses no place for it", async () => {
  const { granted, enter } = setUpLine(1, 1000);
  const reasons: unknown[] = [];
  await enter("", AbortSignal.abort("no")).catch((reason) => reasons.push(reason));
  assertEquals(reasons, ["no"]);
  await enter("a");
  void enter("b");
  void enter("", AbortSignal.abort("never")).catch((reason) => reasons.push(reason));
  await settle();
  assertEquals(granted, ["a"]);
  assertEquals(reasons, ["no", "never"]);
});

Deno.test("rateLimiter() does not mind an abort after the request was let through", async () => {
  const { clock, granted, enter } = setUpLine(1, 1000);
  const abort = new AbortController();
  await enter("a", abort.signal);
  abort.abort(new Error("late"));
  await clock.runUntil(enter("b"));
  assertEquals(granted, ["a", "b"]);
});

Deno.test("rateLimiter() lets nothing through while it is paused", async () => {
  const { clock, limiter, granted, enter } = setUpLine(5, 1000);
  limiter.pause(3000);
  const work = [enter("a"), enter("b")];
  await clock.advance(2999);
  assertEquals(granted, []);
  await clock.advance(1);
  assertEquals(granted, ["a", "b"]);
  await Promise.all(work);
});

Deno.test("rateLimiter() pauses those in line too", async () => {
  const { clock, limiter, granted, enter } = setUpLine(1, 1000);
  const work = [enter("a"), enter("b")];
  await clock.advance(500);
  limiter.pause(5000);
  await clock.advance(4999);
  assertEquals(granted, ["a"]);
  await clock.advance(1);
  assertEquals(granted, ["a", "b"]);
  await Promise.all(work);
});

Deno.test("rateLimiter() keeps the order of those in line when a pause comes between", async () => {
  const { clock, limiter, granted, enter } = setUpLine(1, 1000);
  const work = [enter("a"), enter("b"), enter("c")];
  await clock.advance(500);
  limiter.pause(5000);
  work.push(enter("after"));
  await clock.runUntil(Promise.all(work));
  assertEquals(granted, ["a", "b", "c", "after"]);
});

Deno.test("rateLimiter() gives no place to who has left the line, though one was free", async () => {
  const { clock, limiter, granted, enter } = setUpLine(2, 1000);
  limiter.pause(3000);
  const abort = new AbortController();
  const work = [enter("a"), enter("gone", abort.signal).catch(() => {}), enter("b")];
  await clock.advance(1000);
  abort.abort();
  await clock.advance(2000);
  assertEquals(granted, ["a", "b"]);
  await Promise.all(work);
});

Deno.test("rateLimiter() is not woken earlier by a shorter pause, nor by its end inside a full window", async () => {
  const { clock, limiter, granted, enter } = setUpLine(1, 1000);
  limiter.pause(3000);
  limiter.pause(10);
  const work = [enter("a"), enter("b")];
  await clock.advance(2999);
  assertEquals(granted, []);
  await clock.advance(1);
  limiter.pause(20);
  await clock.advance(1000);
  assertEquals(granted, ["a"]);
  await clock.advance(MAX_MARGIN_MS);
  assertEquals(granted, ["a", "b"]);
  await Promise.all(work);
});

for (const requests of [0, -1, 1.5, NaN, Infinity]) {
  Deno.test(`rateLimiter() refuses ${requests} for 'requests'`, () => {
    assertThrows(() => rateLimiter({ requests, clock: new ManualClock() }), RangeError, "'requests'");
  });
}

for (const windowMs of [0, -1, NaN, -Infinity]) {
  Deno.test(`rateLimiter() refuses ${windowMs} for 'windowMs'`, () => {
    assertThrows(() => rateLimiter({ windowMs, clock: new ManualClock() }), RangeError, "'windowMs'");
  });
}

Deno.test("rateLimiter() tells how much of the rate is used up", async () => {
  const { clock, limiter, enter } = setUpLine(4, 1_000);
  const shares: unknown[] = [limiter.usedShare?.()];
  await enter("a");
  await clock.advance(600);
  await enter("b");
  shares.push(limiter.usedShare?.());
  await clock.advance(400 + MAX_MARGIN_MS);
  shares.push(limiter.usedShare?.());
  limiter.pause(500);
  shares.push(limiter.usedShare?.());
  await clock.advance(500);
  shares.push(limiter.usedShare?.());
  assertEquals(shares, [0, 0.5, 0.25, 1, 0]);
});

Deno.test("rateLimiter() of a hundred thousand requests costs no more than a small one, and keeps to its rate", async () => {
  const clock = new ManualClock();
  const limiter = rateLimiter({ requests: 100_000, windowMs: 10_000, clock });
  let count = 0;
  const acquire = async (times: number) => {
    for (let sent = 0; sent < times; sent++) {
      await limiter.acquire();
      count++;
    }
  };
  for (let part = 0; part < 100; part++) {
    await acquire(1_000);
    await clock.advance(50);
  }
  assertEquals([count, limiter.usedShare?.()], [100_000, 1]);
  const more = acquire(1_001);
  await clock.advance(4_900); // 9,900 ms after the first ones.
  assertEquals(count, 100_000);
  // The first ones are free again after their window, the margin and a grain of a 64th.
  await clock.advance(400);
  assert(count > 100_000);
  await clock.runUntil(more);
  assertEquals(clock.sleeping, 0);
});

Deno.test("rateLimiter() refuses a rate that is none, and names the option and its range", () => {
  const clock = new ManualClock();
  for (const requests of [1e9, 0, -1, 1.5, NaN, Infinity]) {
    const error = assertThrows(() => rateLimiter({ requests, clock }), RangeError, "requests");
    assertEquals(
      error.message,
      `Cannot use 'requests': it must be a whole number from 1 to 1000000, not ${requests}`,
    );
  }
  for (const windowMs of [0, -1, NaN, Infinity, 86_400_001]) {
    assertThrows(() => rateLimiter({ windowMs, clock }), RangeError, "Cannot use 'windowMs'");
  }
});
