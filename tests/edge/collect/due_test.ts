/**
 * However much is due, and however the clocks of its holders differ: all of it is looked at, and nothing again and again.
 */
import { assert, assertEquals } from "@std/assert";
import { memoryStore, type Store, type StoreChange } from "../../../mod.ts";
import type { Hook } from "../../../edge/hook.ts";
import { batchKey, DUE_PREFIX, dueKey, outboxKey, pagesKey, tasksKey } from "../../../edge/records/keys.ts";
import { commitsOf, put } from "../../../src/store/writes.ts";
import { bySubject, type CollectSetUp, keysBelow, SECRET, setUpWorld } from "./collect_helpers.ts";

const HOUR_MS = 3_600_000;
const COUNT = 1_500;
const CLIENTS = 100;
const TASKS_PER_CLIENT = COUNT / CLIENTS;

for (const how of ["its clock is set back", "another holder's clock was ahead"]) {
  Deno.test(`collect() looks once, and soon, at all that was put off where ${how}`, async () => {
    await using world = await setUpWorld();
    const { clock } = world;
    world.local.setFaults({ offline: true });
    const store = memoryStore({ clock });
    const asked = new Map<string, number>();
    const setUp: CollectSetUp = {
      store,
      isDelivering: false,
      // There are more clients than requests in one call.
      options: { limits: { maxRequestsPerCollect: 20 } },
      hook: {
        verify: bySubject,
        authorizerFor: ({ sub }) =>
          Object.assign((request: Request) => {
            request.headers.set("authorization", `Bearer ${world.local.accessToken}`);
            return request;
          }, { account: () => String(sub).replace(/\/.*/, "") }),
      },
      async service(request, send) {
        if (!request.url.endsWith("/v2/batch_status")) return await send(request);
        const { task_ids: ids } = await request.clone().json();
        for (const id of ids) asked.set(id, (asked.get(id) ?? 0) + 1);
        return await send(request);
      },
    };
    clock.step(HOUR_MS);
    const first = world.process(setUp);
    const ids: string[] = [];
    for (let index = 0; index < COUNT; index++) {
      ids.push(await first.start([{ give: index }], `${index % CLIENTS}/${index}`));
    }
    await first.run({ forMs: 60_000 });
    assertEquals(asked.size, COUNT);
    clock.step(-HOUR_MS);
    asked.clear();
    const process = how.startsWith("its") ? first : world.process(setUp);
    let calls = 0;
    for (; asked.size < COUNT; calls++) {
      const { nextAtMs } = await process.collect();
      assert(calls < 200);
      if (asked.size < COUNT) assertEquals(nextAtMs, clock.nowMs(), `${asked.size} were asked for`);
    }
    // No time has passed until then: what was asked for is not asked for again, but for what a call was stopped at.
    const total = [...asked.values()].reduce((sum, count) => sum + count);
    assert(
      Math.max(...asked.values()) <= 2 && total - COUNT <= calls * TASKS_PER_CLIENT,
      `${total} in ${calls} calls`,
    );
    assert(calls > 5);
    for (const key of await keysBelow(store, DUE_PREFIX)) {
      const atMs = Number(key.slice(DUE_PREFIX.length).split("/")[0]);
      assert(atMs > clock.nowMs() && atMs <= clock.nowMs() + 300_000, key);
    }
    // It is over with that.
    assert(((await process.collect()).nextAtMs ?? 0) > clock.nowMs());
    assertEquals([...asked.values()].reduce((sum, count) => sum + count), total);
    world.local.setFaults({});
    await process.run();
    for (const id of ids) assertEquals((await process.record(id)).state, "done");
  });
}

/** Copies of a batch whose results wait, each with an id of its own. */
async function copy(store: Store, batchId: string): Promise<string[]> {
  const ids = Array.from({ length: COUNT - 1 }, () => crypto.randomUUID());
  const due = (await keysBelow(store, DUE_PREFIX)).filter((key) => key.includes(batchId));
  const changes: StoreChange[] = [];
  for (
    const key of [
      batchKey(batchId),
      tasksKey(batchId),
      outboxKey(batchId, "results"),
      pagesKey(batchId),
      ...due,
    ]
  ) {
    const text = await store.get(key) ?? "";
    for (const id of ids) {
      changes.push({ key: key.replace(batchId, id), value: text.replaceAll(batchId, id) });
    }
  }
  for (const some of commitsOf(changes)) assert(await store.commit(some));
  return [batchId, ...ids];
}

Deno.test("a receiver that is down keeps no other message from being sent, however many wait for it", async () => {
  await using world = await setUpWorld();
  const { clock } = world;
  const store = memoryStore({ clock });
  const other = "https://other.example/";
  const push = world.process().edge.options.hooks.push as Hook;
  let isDown = true;
  const { start, record, run, collect, received, waiting, edge } = world.process({
    store,
    receiver: ({ url }) => new Response(null, { status: isDown && !url.startsWith(other) ? 503 : 204 }),
    options: { hooks: { push, well: { ...push, deliver: { url: other, secret: SECRET } } } },
  });
  const first = await start([{ give: 1 }]);
  await clock.advance(1_000);
  await collect();
  assertEquals(received.length, 1);
  const ids = await copy(store, first);

  // All of them are due, and what has another receiver stands behind them.
  await clock.advance(10_000);
  const behind = await start([{ give: 2 }]);
  await put(store, batchKey(behind), JSON.stringify({ ...await record(behind), hook: "well" }));
  await clock.advance(1_000);
  const toOther = () => received.filter(({ url }) => url.startsWith(other)).map(({ id }) => id);
  for (let calls = 0; toOther().length === 0; calls++) {
    assert(calls < 3);
    assertEquals((await collect()).isElsewhere, false);
  }
  assertEquals(toOther(), [`msg_${behind}_1`]);

  // The receiver is tried a few times, and not once for each message; nothing is looked at again and again.
  const before = received.length;
  let calls = 0;
  for (const endMs = clock.nowMs() + 10 * 60_000; clock.nowMs() < endMs; calls++) {
    const { nextAtMs = endMs } = await collect();
    await clock.advance(Math.max(0, Math.min(nextAtMs, endMs) - clock.nowMs()));
  }
  assert(
    received.length - before <= 10 && calls <= 40,
    `${received.length - before} times in ${calls} calls`,
  );
  isDown = false;
  await run({ forMs: 24 * HOUR_MS });
  const delivered = edge.events.filter(({ kind }) => kind === "messageDelivered").length;
  assertEquals([delivered, new Set(received.map(({ id }) => id)).size], [COUNT + 1, COUNT + 1]);
  assertEquals([ids.length, await waiting()], [COUNT, []]);
});

Deno.test("collect() is not kept from the rest by records that it cannot read, and does not spin", async () => {
  await using world = await setUpWorld();
  const { edge, start, collect, record, run } = world.process();
  const damaged = Array.from({ length: COUNT }, () => crypto.randomUUID());
  const changes = damaged.flatMap((id) => [
    { key: batchKey(id), value: "{" },
    { key: dueKey(0, id), value: "" },
  ]);
  for (const some of commitsOf(changes)) await edge.store.commit(some);
  const sound = await start([{ give: 1 }]);
  await world.clock.advance(1_000);
  let calls = 0;
  for (; (await record(sound)).state !== "done"; calls++) {
    assert(calls < 5);
    await collect();
  }
  const { nextAtMs = 0 } = await run({ forMs: 1_000 });
  assert(nextAtMs > world.clock.nowMs() && nextAtMs <= world.clock.nowMs() + 60_000, `${nextAtMs}`);
  const told = () => edge.events.flatMap((event) => event.kind === "collectFailed" ? event.batchIds : []);
  assertEquals(told().toSorted(), damaged.toSorted());

  // One that was mended is gone on with.
  const [one = ""] = damaged;
  await edge.store.commit([{ key: batchKey(one), value: null }]);
  await world.clock.advance(31_000);
  await run({ forMs: 0 });
  assertEquals(await edge.store.get(dueKey(0, one)), undefined);
  assertEquals(told().length, 2 * COUNT - 1);
});
