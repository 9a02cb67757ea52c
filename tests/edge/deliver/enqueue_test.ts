/** The results of a batch are put into the outbox once, however often and wherever that is begun. */
import { listAll, remove } from "../../../src/store/writes.ts";
import { assert, assertEquals } from "@std/assert";
import { memoryStore, type Store } from "../../../mod.ts";
import { enqueue } from "../../../edge/deliver/enqueue.ts";
import type { PagePlan } from "../../../edge/deliver/plan_pages.ts";
import { OUTBOX_PREFIX, outboxKey, pagesKey } from "../../../edge/records/keys.ts";
import { type Collecting, type Order, setUpWorld, type World } from "../collect/collect_helpers.ts";

/** A batch that is done, and of which nothing was put into the outbox. */
async function doneBatch(
  world: World,
  store: Store,
  orders: readonly Order[],
): Promise<[Collecting, string]> {
  const collecting = world.process({ store, isDelivering: false });
  const batchId = await collecting.start(orders);
  await collecting.run();
  return [world.process({ store }), batchId];
}

async function keysOf(store: Store, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const key of listAll(store, prefix)) keys.push(key);
  return keys;
}

Deno.test("enqueue() puts results into the outbox once, however often and in however many processes", async () => {
  await using world = await setUpWorld();
  const store = memoryStore({ clock: world.clock });
  const [process, batchId] = await doneBatch(world, store, [{ characters: 15_000 }, { characters: 15_000 }]);
  const record = await process.record(batchId);
  const { context } = process.edge;
  const others = [world.process({ store }), world.process({ store })].map(({ edge }) => edge.context);
  await Promise.all([context, ...others].map((one) => enqueue(one, record)));
  const entry = await store.get(outboxKey(batchId, "results"));
  assertEquals(await enqueue(context, record), true);
  assertEquals(await store.get(outboxKey(batchId, "results")), entry);
  assertEquals(JSON.parse(entry ?? "").pages, 2);
  assert((entry ?? "").length < 300, "the messages themselves are not kept");

  await process.run();
  assertEquals(process.received.map(({ id }) => id), [`msg_${batchId}_1`, `msg_${batchId}_2`]);
  // A process that ended before it had noted that all was done does it again.
  assertEquals(await enqueue(context, record), true);
  assertEquals(await keysOf(store, OUTBOX_PREFIX), []);
});

Deno.test("enqueue() goes on from where another call had to stop, and comes to the same", async () => {
  await using world = await setUpWorld();
  const store = memoryStore({ clock: world.clock });
  const orders = Array.from({ length: 600 }, (_, index) => ({ characters: (index * 7_919) % 25_000 }));
  const [process, batchId] = await doneBatch(world, store, orders);
  const record = await process.record(batchId);
  const { context } = process.edge;
  await enqueue(context, record);
  const { next: _, ...inOneGo } = JSON.parse(await store.get(pagesKey(batchId)) ?? "") as PagePlan;
  for (const key of [pagesKey(batchId), outboxKey(batchId, "results")]) await remove(store, key);

  let calls = 1;
  let asked = 0;
  while (!await enqueue(context, record, () => ++asked % 37 === 0)) {
    assert(++calls < 50);
    assertEquals(await keysOf(store, OUTBOX_PREFIX), []);
  }
  assertEquals(calls, 17);
  const { next, ...inParts } = JSON.parse(await store.get(pagesKey(batchId)) ?? "") as PagePlan;
  assertEquals(inParts, inOneGo);
  assertEquals(next, 600);
});

Deno.test("enqueue() has nothing to do for a hook without a receiver", async () => {
  await using world = await setUpWorld();
  const store = memoryStore({ clock: world.clock });
  const [, batchId] = await doneBatch(world, store, [{ give: 1 }]);
  const process = world.process({ store, isDelivering: false });
  assertEquals(await enqueue(process.edge.context, await process.record(batchId)), true);
  assertEquals([...await keysOf(store, OUTBOX_PREFIX), ...await keysOf(store, pagesKey(""))], []);
});
