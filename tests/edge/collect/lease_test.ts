/** One process at a time collects; another takes over once the first has ended. */
import { compareAndSet, put } from "../../../src/store/writes.ts";
import { assert, assertEquals } from "@std/assert";
import { memoryStore, type Store } from "../../../mod.ts";
import { LEASE_MS, takeLease } from "../../../edge/collect/lease.ts";
import type { EdgeContext } from "../../../edge/context.ts";
import { COLLECT_LEASE_KEY } from "../../../edge/records/keys.ts";
import { createSightings } from "../../../edge/sightings.ts";
import { ManualClock } from "../../support/manual_clock.ts";

function setUp(
  change: (store: Store) => Partial<Store> = () => ({}),
): { context: Pick<EdgeContext, "store" | "clock" | "sightings">; clock: ManualClock } {
  const clock = new ManualClock();
  const store = memoryStore({ clock });
  const sightings = createSightings(clock);
  return { context: { store: { ...store, ...change(store) }, clock, sightings }, clock };
}

Deno.test("takeLease() lets one process at a time collect, for as long as it takes", async () => {
  const { context, clock } = setUp();
  const lease = await takeLease(context);
  assert(lease !== undefined);
  for (let minute = 0; minute < 10; minute++) {
    await clock.advance(60_000);
    assertEquals(await takeLease(context), undefined);
  }
  assertEquals(lease.signal.aborted, false);
  await lease.giveBack();
  assertEquals([clock.sleeping, await context.store.get(COLLECT_LEASE_KEY)], [0, undefined]);
  const next = await takeLease(context);
  assert(next !== undefined);
  await lease.giveBack(); // Once more: it is another's by now.
  assertEquals(await takeLease(context), undefined);
  await next.giveBack();
});

Deno.test("takeLease() takes over from a process that has ended", async () => {
  const { context, clock } = setUp();
  await compareAndSet(context.store, COLLECT_LEASE_KEY, undefined, "who has ended", {
    expiresInMs: LEASE_MS,
  });
  await clock.advance(LEASE_MS - 1);
  assertEquals(await takeLease(context), undefined);
  await clock.advance(1);
  const lease = await takeLease(context);
  assert(lease !== undefined);
  await lease.giveBack();
});

Deno.test("takeLease() says that the lease is lost, where another one has it, or the store fails", async () => {
  const { context, clock } = setUp();
  const lease = await takeLease(context);
  await put(context.store, COLLECT_LEASE_KEY, "another");
  await clock.advance(20_000);
  assertEquals(lease?.signal.aborted, true);
  await lease?.giveBack();
  assertEquals(await context.store.get(COLLECT_LEASE_KEY), "another");

  let isGone = false;
  const failing = setUp((store) => ({
    compareAndSet: (...args) =>
      isGone ? Promise.reject(new Error("no store")) : compareAndSet(store, ...args),
  }));
  const held = await takeLease(failing.context);
  isGone = true;
  await failing.clock.advance(20_000);
  assertEquals(held?.signal.aborted, true);
  await held?.giveBack();
  assertEquals(failing.clock.sleeping, 0);
});

for (const stepMs of [-3_600_000, 3_600_000]) {
  const step = stepMs < 0 ? "back" : "ahead";
  Deno.test(`takeLease() gives back what it took, and keeps what it has, when the clock is set ${step}`, async () => {
    const { context, clock } = setUp();
    const first = await takeLease(context);
    clock.step(stepMs);
    await clock.advance(50_000);
    assertEquals([first?.signal.aborted, await takeLease(context)], [false, undefined]);
    await first?.giveBack();
    clock.step(-stepMs);
    const second = await takeLease(context);
    assert(second !== undefined);
    await second.giveBack();
    clock.step(stepMs);
    const third = await takeLease(context);
    assert(third !== undefined);
    await third.giveBack();
  });

  Deno.test(`takeLease() takes over within a minute from a process that ended when the clock was set ${step}`, async () => {
    const { context, clock } = setUp();
    await compareAndSet(context.store, COLLECT_LEASE_KEY, undefined, "who has ended", {
      expiresInMs: LEASE_MS,
    });
    clock.step(stepMs);
    let lease = await takeLease(context);
    for (let waitedMs = 0; lease === undefined && waitedMs < LEASE_MS; waitedMs += 10_000) {
      await clock.advance(10_000);
      lease = await takeLease(context);
    }
    assert(lease !== undefined);
    await lease.giveBack();
  });
}
