/** The commit that ends a batch puts its results into the outbox, once; they are divided into messages when these are first sent. */
import { assert, assertEquals } from "@std/assert";
import { memoryStore, type Store } from "../../../mod.ts";
import { openBatch, saveBatch } from "../../../edge/collect/asked_batch.ts";
import type { ResultsEntry } from "../../../edge/deliver/outbox.ts";
import { type PagePlan, planPages } from "../../../edge/deliver/plan_pages.ts";
import type { BatchRecord } from "../../../edge/records/batch_record.ts";
import { readRecord, type Versioned } from "../../../edge/records/json_record.ts";
import { batchKey, OUTBOX_PREFIX, outboxKey, pagesKey } from "../../../edge/records/keys.ts";
import { assertWholeBatches } from "../whole_batches.ts";
import {
  type Collecting,
  keysBelow,
  type Order,
  RECEIVER,
  SECRET,
  setUpWorld,
  type World,
} from "../collect/collect_helpers.ts";

/** A batch that has ended for a hook without a receiver, which has one by now. */
async function doneBatch(
  world: World,
  store: Store,
  orders: readonly Order[],
): Promise<[Collecting, BatchRecord]> {
  const before = world.process({ store, isDelivering: false });
  const batchId = await before.start(orders);
  await before.run();
  return [world.process({ store }), await before.record(batchId)];
}

Deno.test("the commit that ends a batch puts its results into the outbox once, in however many processes", async () => {
  await using world = await setUpWorld();
  const store = memoryStore({ clock: world.clock });
  const processes = [world.process({ store }), world.process({ store }), world.process({ store })] as const;
  const batchId = await processes[0].start([{ characters: 15_000 }, { characters: 15_000 }]);
  const found = await readRecord<BatchRecord>(store, batchKey(batchId)) as Versioned<BatchRecord>;
  await Promise.all(processes.map(async ({ edge: { context } }) => {
    const batch = await openBatch(context, found);
    for (const [index, { taskId }] of batch.entries.entries()) {
      batch.news.set(index, { taskId, state: "success" });
    }
    batch.toAsk.length = 0;
    await saveBatch(context, batch);
  }));
  assertEquals((await processes[0].record(batchId)).state, "done");
  const events = processes.flatMap(({ edge }) => edge.events);
  assertEquals(events.filter(({ kind }) => kind === "batchDone").length, 1);
  assertEquals(await keysBelow(store, OUTBOX_PREFIX), [outboxKey(batchId, "results")]);
  await assertWholeBatches(store, "ends in three processes");
});

Deno.test("results are divided into messages when they are first sent, and nothing of that is left behind", async () => {
  await using world = await setUpWorld();
  const store = memoryStore({ clock: world.clock });
  let text = "";
  let batchId = "";
  const process = world.process({
    store,
    async receiver({ id }) {
      if (id.endsWith("_2")) text = await store.get(outboxKey(batchId, "results")) ?? "";
      return new Response(null, { status: 204 });
    },
  });
  batchId = await process.start([{ characters: 15_000 }, { characters: 15_000 }]);
  await process.run();
  const entry: ResultsEntry = JSON.parse(text);
  assertEquals([entry.pages, entry.next, entry.delivered], [2, 2, 1]);
  assert(text.length < 300, "the messages themselves are not kept");
  assertEquals(process.received.map(({ id }) => id), [`msg_${batchId}_1`, `msg_${batchId}_2`]);
  assertEquals([await process.waiting(), await keysBelow(store, pagesKey(""))], [[], []]);
});

Deno.test("planPages() goes on from where another call had to stop, and comes to the same", async () => {
  await using world = await setUpWorld();
  const store = memoryStore({ clock: world.clock });
  const orders = Array.from({ length: 600 }, (_, index) => ({ characters: (index * 7_919) % 25_000 }));
  const [{ edge: { context } }, record] = await doneBatch(world, store, orders);
  const target = { url: RECEIVER, secret: SECRET };
  const check = { key: batchKey(record.id), expected: JSON.stringify(record) };
  const inOneGo = (await planPages(context, record, target, { isOver: () => false, check }))?.plan;
  await store.commit([{ key: pagesKey(record.id), value: null }]);

  let asked = 0;
  let plan: PagePlan | undefined;
  for (let calls = 1; calls <= 17; calls++) {
    assertEquals(plan, undefined);
    const isOver = () => ++asked % 37 === 0;
    plan = (await planPages(context, record, target, { isOver, check }))?.plan;
    if (plan === undefined) assertEquals(await keysBelow(store, pagesKey("")), [pagesKey(record.id)]);
  }
  assertEquals([plan, plan?.next], [inOneGo, 600]);

  // What is kept of a plan is removed with the entry in the outbox: without that, nothing is kept.
  await store.commit([{ key: pagesKey(record.id), value: null }]);
  const gone = { key: outboxKey(record.id, "results"), expected: "what stood there" };
  assertEquals(await planPages(context, record, target, { isOver: () => true, check: gone }), undefined);
  assertEquals(await keysBelow(store, pagesKey("")), []);
});

Deno.test("the end of a batch puts nothing into the outbox for a hook without a receiver", async () => {
  await using world = await setUpWorld();
  const store = memoryStore({ clock: world.clock });
  const [process] = await doneBatch(world, store, [{ give: 1 }]);
  await process.run();
  assertEquals([await process.waiting(), await keysBelow(store, pagesKey("")), process.received], [
    [],
    [],
    [],
  ]);
});
