/** One process at a time collects; another takes over once the first has ended. */
import { assert, assertEquals } from "@std/assert";
import { memoryStore, type Store } from "../../../mod.ts";
import { leaseKeys } from "../../../src/base/lease.ts";
import { LANE, LANE_LEASE_MS } from "../../../edge/lane.ts";
import { settle } from "../../support/manual_clock.ts";
import { untilSettled } from "../../support/until.ts";
import { dyingStore } from "../dying_store.ts";
import { setUpWorld } from "./collect_helpers.ts";

const KEYS = leaseKeys(LANE);
const HOUR_MS = 3_600_000;
const isPoll = (request: Request) => request.url.endsWith("/batch_status");

for (const stepMs of [0, -HOUR_MS, HOUR_MS]) {
  const step = stepMs === 0 ? "" : `, the clock being set by ${stepMs / HOUR_MS} hours`;
  Deno.test(`a process that is killed while it collects is replaced within one and a half lengths${step}`, async () => {
    await using world = await setUpWorld();
    const kept = memoryStore({ clock: world.clock });
    const dying = dyingStore(kept, Infinity, "hangs");
    let isPolling = false;
    const first = world.process({
      store: dying,
      service: (request, send) => {
        if (!isPoll(request)) return send(request);
        isPolling = true;
        return new Promise<never>(() => {});
      },
    });
    const batchId = await first.start([{ give: 1 }]);
    await world.clock.advance(1_000);
    void first.collect().catch(() => {});
    await untilSettled("the request", () => isPolling);
    await world.clock.advance(11_000);
    dying.lose();
    world.clock.step(stepMs);

    const second = world.process({ store: kept });
    const endMs = world.clock.monotonicMs();
    let report = await second.collect();
    for (; report.isElsewhere; report = await second.collect()) {
      const waitMs = (report.nextAtMs ?? Infinity) - world.clock.nowMs();
      assert(waitMs > 0 && waitMs <= LANE_LEASE_MS / 4, `the next look is in ${waitMs} ms`);
      assertEquals(second.sent(), 0);
      await world.clock.advance(waitMs);
    }
    const tookMs = world.clock.monotonicMs() - endMs;
    assert(tookMs <= 1.5 * LANE_LEASE_MS, `it took ${tookMs} ms`);
    assertEquals((await second.record(batchId)).state, "done");
    await second.edge.idle();
    assertEquals(await kept.getMany([KEYS.holder, KEYS.beat]), [undefined, undefined]);
  });
}

Deno.test("collect() begins nothing new while its lease cannot be renewed, and goes on with what it has", async () => {
  await using world = await setUpWorld();
  const kept = memoryStore({ clock: world.clock });
  let isFailing = false;
  const store: Store = {
    ...kept,
    async commit(changes) {
      const isOfLease = changes.some(({ key }) => key === KEYS.holder);
      if (isFailing && isOfLease) throw new Error("not now");
      return await kept.commit(changes);
    },
  };
  const { promise: goesOn, resolve: goOn } = Promise.withResolvers<void>();
  let polls = 0;
  const { start, collect, record, received } = world.process({
    store,
    async service(request, send) {
      if (isPoll(request) && polls++ === 0) await goesOn;
      return await send(request);
    },
  });
  const batchId = await start([{ give: 1 }]);
  await world.clock.advance(1_000);
  const collecting = collect();
  await untilSettled("the request", () => polls === 1);
  isFailing = true;
  await world.clock.advance(LANE_LEASE_MS);
  goOn();
  const report = await world.clock.runUntil(collecting);
  assertEquals([report.isElsewhere, (await record(batchId)).counts.success], [false, 1]);
  assertEquals([polls, received.length], [1, 0]);

  // The lease could not be released either: its length is waited for.
  const other = world.process({ store: kept });
  assertEquals((await other.collect()).isElsewhere, true);
  isFailing = false;
  assertEquals((await collect()).isElsewhere, true);
  await world.clock.advance(LANE_LEASE_MS);
  assertEquals((await collect()).isElsewhere, false);
  assertEquals(received.length, 1);
});

Deno.test("collect() keeps its lease for as long as it works, and stops when another process has it", async () => {
  await using world = await setUpWorld();
  const store = memoryStore({ clock: world.clock });
  const { promise: goesOn, resolve: goOn } = Promise.withResolvers<void>();
  let polls = 0;
  const first = world.process({
    store,
    async service(request, send) {
      if (isPoll(request)) {
        polls++;
        await goesOn;
      }
      return await send(request);
    },
  });
  await first.start([{ give: 1 }]);
  await world.clock.advance(1_000);
  const collecting = first.collect();
  await untilSettled("the request", () => polls === 1);
  const second = world.process({ store });
  for (let turn = 0; turn < 5; turn++) {
    await world.clock.advance(8_000);
    assertEquals((await second.collect()).isElsewhere, true);
  }
  await store.commit([{ key: KEYS.holder, value: "another" }, { key: KEYS.beat, value: "1" }]);
  await world.clock.advance(8_000);
  await settle();
  await collecting; // The request is not waited for.
  assertEquals([first.received.length, await store.get(KEYS.holder)], [0, "another"]);
  goOn();
});
