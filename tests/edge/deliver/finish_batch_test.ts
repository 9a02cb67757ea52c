/** A batch that has ended leaves the list of open ones once, and with that its results come into the outbox. */
import { listAll, put } from "../../../src/store/writes.ts";
import { assert, assertEquals } from "@std/assert";
import { memoryStore, type Store } from "../../../mod.ts";
import { finishBatch } from "../../../edge/deliver/finish_batch.ts";
import type { PagePlan } from "../../../edge/deliver/plan_pages.ts";
import { OPEN_PREFIX, openKey, OUTBOX_PREFIX, outboxKey, pagesKey } from "../../../edge/records/keys.ts";
import { type Collecting, type Order, setUpWorld, type World } from "../collect/collect_helpers.ts";

/** A batch that is done and open still, and of which nothing was put into the outbox. */
async function doneBatch(
  world: World,
  store: Store,
  orders: readonly Order[],
): Promise<[Collecting, string]> {
  const collecting = world.process({ store, isDelivering: false });
  const batchId = await collecting.start(orders);
  await collecting.run();
  await put(store, openKey(batchId), String((await collecting.record(batchId)).createdAtMs));
  return [world.process({ store }), batchId];
}

async function keysOf(store: Store, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const key of listAll(store, prefix)) keys.push(key.slice(prefix.length));
  return keys;
}

Deno.test("finishBatch() puts results into the outbox once, however often and in however many processes", async () => {
  await using world = await setUpWorld();
  const store = memoryStore({ clock: world.clock });
  const [process, batchId] = await doneBatch(world, store, [{ characters: 15_000 }, { characters: 15_000 }]);
  const record = await process.record(batchId);
  const { context } = process.edge;
  const others = [world.process({ store }), world.process({ store })].map(({ edge }) => edge.context);
  const isDone = await Promise.all([context, ...others].map((one) => finishBatch(one, record)));
  assertEquals(isDone.toSorted(), [false, false, true]);
  const entry = await store.get(outboxKey(batchId, "results"));
  assertEquals(await finishBatch(context, record), false);
  assertEquals(await store.get(outboxKey(batchId, "results")), entry);
  assertEquals(await keysOf(store, OPEN_PREFIX), []);
  assertEquals(JSON.parse(entry ?? "").pages, 2);
  assert((entry ?? "").length < 300, "the messages themselves are not kept");

  await process.run();
  assertEquals(process.received.map(({ id }) => id), [`msg_${batchId}_1`, `msg_${batchId}_2`]);
  // A process that was held up does it late.
  assertEquals(await finishBatch(context, record), false);
  assertEquals([...await keysOf(store, OUTBOX_PREFIX), ...await keysOf(store, pagesKey(""))], []);
});

Deno.test("finishBatch() goes on from where another call had to stop, and comes to the same", async () => {
  await using world = await setUpWorld();
  const store = memoryStore({ clock: world.clock });
  const orders = Array.from({ length: 600 }, (_, index) => ({ characters: (index * 7_919) % 25_000 }));
  const [process, batchId] = await doneBatch(world, store, orders);
  const record = await process.record(batchId);
  const { context } = process.edge;
  const planOf = async (): Promise<PagePlan> => JSON.parse(await store.get(pagesKey(batchId)) ?? "");
  await finishBatch(context, record);
  const inOneGo = await planOf();
  await store.commit([
    { key: pagesKey(batchId), value: null },
    { key: outboxKey(batchId, "results"), value: null },
    { key: openKey(batchId), value: String(record.createdAtMs) },
  ]);

  let calls = 1;
  let asked = 0;
  while (!await finishBatch(context, record, () => ++asked % 37 === 0)) {
    assert(++calls < 50);
    assertEquals(await keysOf(store, OUTBOX_PREFIX), []);
    assertEquals(await keysOf(store, OPEN_PREFIX), [batchId]);
  }
  assertEquals(calls, 17);
  assertEquals(await planOf(), inOneGo);
  assertEquals(inOneGo.next, 600);
});

Deno.test("finishBatch() puts nothing into the outbox for a hook without a receiver", async () => {
  await using world = await setUpWorld();
  const store = memoryStore({ clock: world.clock });
  const [, batchId] = await doneBatch(world, store, [{ give: 1 }]);
  const process = world.process({ store, isDelivering: false });
  assertEquals(await finishBatch(process.edge.context, await process.record(batchId)), true);
  for (const prefix of [OPEN_PREFIX, OUTBOX_PREFIX, pagesKey("")]) {
    assertEquals(await keysOf(store, prefix), []);
  }
});
