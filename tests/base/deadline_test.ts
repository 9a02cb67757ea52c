/** Proves that `withDeadline()` ends work by its time or its signal, and leaves no timer. */
import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { withDeadline } from "../../src/base/deadline.ts";
import { ManualClock, settle } from "../support/manual_clock.ts";

const onTimeout = () => new Error("time is over");
const forever = () => new Promise<never>(() => {});

Deno.test("withDeadline() gives what the work gives, and leaves no timer and no listener", async () => {
  const clock = new ManualClock();
  const caller = new AbortController();
  let work: AbortSignal | undefined;
  const value = await withDeadline({ clock, signal: caller.signal, timeoutMs: 10, onTimeout }, (signal) => {
    work = signal;
    return Promise.resolve(42);
  });
  assertEquals(value, 42);
  assertEquals(clock.sleeping, 0);
  caller.abort();
  assertEquals(work?.aborted, false);
});

Deno.test("withDeadline() lets the work's own error through", async () => {
  const failure = new Error("broken");
  const deadline = { clock: new ManualClock(), timeoutMs: 10, onTimeout };
  assertStrictEquals(
    await assertRejects(() => withDeadline(deadline, () => Promise.reject(failure))),
    failure,
  );
  assertEquals(deadline.clock.sleeping, 0);
});

Deno.test("withDeadline() aborts the work when the time is over, and does not wait for it", async () => {
  const clock = new ManualClock();
  let work: AbortSignal | undefined;
  const over = assertRejects(
    () =>
      withDeadline({ clock, timeoutMs: 10, onTimeout }, (signal) => {
        work = signal;
        return forever();
      }),
    Error,
    "time is over",
  );
  await clock.advance(9);
  assertEquals(work?.aborted, false);
  await clock.advance(1);
  assertStrictEquals(work?.reason, await over);
});

for (const timeoutMs of [undefined, Infinity]) {
  Deno.test(`withDeadline() sets no timer for ${timeoutMs}`, async () => {
    const clock = new ManualClock();
    await withDeadline({ clock, timeoutMs, onTimeout }, () => {
      assertEquals(clock.sleeping, 0);
      return Promise.resolve();
    });
  });
}

Deno.test("withDeadline() passes the caller's reason through untouched, of whatever type", async () => {
  for (const reason of [new Error("mine"), "a string", 7, { plain: true }]) {
    const caller = new AbortController();
    const deadline = { clock: new ManualClock(), signal: caller.signal, timeoutMs: 10, onTimeout };
    let work: AbortSignal | undefined;
    const call = withDeadline(deadline, (signal) => (work = signal, forever()));
    caller.abort(reason);
    assertStrictEquals(await call.catch((error) => error), reason);
    assertStrictEquals(work?.reason, reason);
    assertEquals(deadline.clock.sleeping, 0);
  }
});

Deno.test("withDeadline() does not begin when the signal is aborted already", async () => {
  const reason = new Error("too late");
  const deadline = { clock: new ManualClock(), signal: AbortSignal.abort(reason), timeoutMs: 10, onTimeout };
  let isBegun = false;
  const call = () => withDeadline(deadline, () => (isBegun = true, forever()));
  assertStrictEquals(await assertRejects(call), reason);
  assertEquals([isBegun, deadline.clock.sleeping], [false, 0]);
});

Deno.test("withDeadline() ends when the work itself makes the caller abort", async () => {
  const caller = new AbortController();
  const reason = new Error("from within");
  const deadline = { clock: new ManualClock(), signal: caller.signal, timeoutMs: 10, onTimeout };
  const call = withDeadline(deadline, () => {
    caller.abort(reason);
    return forever();
  });
  assertStrictEquals(await Promise.race([call.catch((error) => error), settle()]), reason);
});

Deno.test("withDeadline() sets no timer for work that is done at once", async () => {
  const clock = new ManualClock();
  const value = withDeadline({ clock, timeoutMs: 10, onTimeout }, () => 42);
  const wasSleeping = clock.sleeping;
  assertEquals([await value, wasSleeping], [42, 0]);
});

Deno.test("withDeadline() ends with a signal alone, without a clock", async () => {
  const caller = new AbortController();
  const reason = new Error("enough");
  const call = withDeadline({ signal: caller.signal }, forever);
  caller.abort(reason);
  assertStrictEquals(await call.catch((error) => error), reason);
});

Deno.test("withDeadline() prefers the caller's reason to what the work makes of it", async () => {
  const caller = new AbortController();
  const reason = new Error("enough");
  const call = withDeadline({ signal: caller.signal }, (signal) =>
    new Promise((_, reject) => {
      signal.addEventListener("abort", () => reject(new Error("the work's own")), { once: true });
    }));
  caller.abort(reason);
  assertStrictEquals(await call.catch((error) => error), reason);
});

Deno.test("withDeadline() tells of work that fails at once, after it made the caller abort as well", async () => {
  const caller = new AbortController();
  const failure = new Error("broken");
  const call = withDeadline({ signal: caller.signal }, () => {
    caller.abort();
    throw failure;
  });
  assertStrictEquals(await assertRejects(() => call), failure);
  await settle(); // A rejection that nothing handles would end this file.
});

Deno.test("withDeadline() lets work that it gave up fail unheard", async () => {
  const clock = new ManualClock();
  const call = withDeadline({ clock, timeoutMs: 10, onTimeout }, async () => {
    await clock.sleep(20);
    throw new Error("nothing listens any more");
  });
  const over = assertRejects(() => call, Error, "time is over");
  await clock.advance(30);
  await over;
});
