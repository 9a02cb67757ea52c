/** Proves that `systemClock` tells the machine's time, sleeps for any length, and leaves no listener. */
import { assert, assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { systemClock } from "../../mod.ts";

Deno.test("systemClock.nowMs() is the time of the machine", () => {
  const before = Date.now();
  const now = systemClock.nowMs();
  assert(before <= now && now <= Date.now());
});

Deno.test("systemClock.sleep() resolves after its time", async () => {
  const start = performance.now();
  await systemClock.sleep(5);
  assert(performance.now() - start >= 4);
});

Deno.test("systemClock.sleep() gives no negative time to a timer, of which Node warns", async () => {
  const { setTimeout } = globalThis;
  const times: unknown[] = [];
  globalThis.setTimeout = ((run: () => void, ms?: number) => {
    times.push(ms);
    return setTimeout(run, ms);
  }) as typeof setTimeout;
  try {
    await systemClock.sleep(-0.3);
    await systemClock.sleep(-Infinity);
  } finally {
    globalThis.setTimeout = setTimeout;
  }
  assertEquals(times, [0, 0]);
});

Deno.test("systemClock.sleep() takes away its listener when it is over", async () => {
  const { signal } = new AbortController();
  let listeners = 0;
  const add = signal.addEventListener;
  const remove = signal.removeEventListener;
  signal.addEventListener = (...args: Parameters<typeof add>) => (listeners++, add.apply(signal, args));
  signal.removeEventListener = (...args: Parameters<typeof remove>) => (
    listeners--, remove.apply(signal, args)
  );
  await systemClock.sleep(0, { signal });
  assertEquals(listeners, 0);
});

for (const ms of [1000, 2 ** 31 - 1, 2 ** 31, 2 ** 33, Infinity]) {
  Deno.test(`systemClock.sleep(${ms}) ends with the signal, and not before`, async () => {
    const controller = new AbortController();
    const reason = { why: "no longer needed" };
    let isOver = false;
    const sleep = systemClock.sleep(ms, { signal: controller.signal }).finally(() => isOver = true);
    const rejected = assertRejectsWith(sleep, reason);
    await systemClock.sleep(2);
    assertEquals(isOver, false);
    controller.abort(reason);
    await rejected;
  });
}

Deno.test("systemClock.sleep() rejects at once when the signal is aborted already", async () => {
  const reason = new Error("too late");
  for (const ms of [0, 2 ** 32]) {
    const error = await assertRejects(() => systemClock.sleep(ms, { signal: AbortSignal.abort(reason) }));
    assertStrictEquals(error, reason);
  }
});

async function assertRejectsWith(work: Promise<unknown>, reason: unknown): Promise<void> {
  assertStrictEquals(await work.then(() => "resolved", (error) => error), reason);
}
