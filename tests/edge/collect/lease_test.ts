/** One process at a time collects; another takes over once the first has ended. */
import { assert, assertEquals } from "@std/assert";
import { memoryStore, type Store } from "../../../mod.ts";
import { LEASE_MS, takeLease } from "../../../edge/collect/lease.ts";
import type { EdgeContext } from "../../../edge/context.ts";
import { COLLECT_LEASE_KEY } from "../../../edge/records/keys.ts";
import { ManualClock } from "../../support/manual_clock.ts";

function setUp(
  change: (store: Store) => Partial<Store> = () => ({}),
): { context: Pick<EdgeContext, "store" | "clock">; clock: ManualClock } {
  const clock = new ManualClock();
  const store = memoryStore({ clock });
  return { context: { store: { ...store, ...change(store) }, clock }, clock };
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
  await context.store.compareAndSet(COLLECT_LEASE_KEY, undefined, "who has ended", { expiresInMs: LEASE_MS });
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
  await context.store.put(COLLECT_LEASE_KEY, "another");
  await clock.advance(20_000);
  assertEquals(lease?.signal.aborted, true);
  await lease?.giveBack();
  assertEquals(await context.store.get(COLLECT_LEASE_KEY), "another");

  let isGone = false;
  const failing = setUp((store) => ({
    compareAndSet: (...args) => isGone ? Promise.reject(new Error("no store")) : store.compareAndSet(...args),
  }));
  const held = await takeLease(failing.context);
  isGone = true;
  await failing.clock.advance(20_000);
  assertEquals(held?.signal.aborted, true);
  await held?.giveBack();
  assertEquals(failing.clock.sleeping, 0);
});
