/**
 * The time of day is set forward or back by an hour while a handler works, or while none does: collecting goes on within
 * a minute, and no delivery, task or message is lost or doubled.
 */
import { LANE } from "../../edge/lane.ts";
import { put } from "../../src/store/writes.ts";
import { assert, assertEquals } from "@std/assert";
import { leaseKeys } from "../../src/base/lease.ts";
import { type Clock, memoryStore } from "../../mod.ts";
import { createCollector } from "../../edge/collector.ts";
import { settle } from "../support/manual_clock.ts";
import { untilSettled } from "../support/until.ts";
import { dyingStore } from "./dying_store.ts";
import { type Collecting, setUpWorld, type World } from "./collect/collect_helpers.ts";
import { edgeOf, setUpEdge, told, worldOf } from "./edge_helpers.ts";

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
/** How often a process looks that has been told nothing. */
const LOOK_MS = 5_000;

/** Collects as a process does, by whatever it is told, until it is so, and gives the time that it took. */
async function collectUntil(
  { clock }: World,
  process: Collecting,
  isSo: () => boolean | Promise<boolean>,
  mostMs = 2 * MINUTE_MS,
): Promise<number> {
  const startMs = clock.monotonicMs();
  for (;;) {
    await process.collect();
    const tookMs = clock.monotonicMs() - startMs;
    if (await isSo()) return tookMs;
    assert(tookMs < mostMs, `after ${tookMs} ms it is not so`);
    await clock.advance(LOOK_MS);
  }
}

/** As a process has it whose time of day is another one all the time. */
function skewed(clock: World["clock"], ms: number): Clock {
  return {
    nowMs: () => clock.nowMs() + ms,
    monotonicMs: () => clock.monotonicMs(),
    sleep: (waitMs, options) => clock.sleep(waitMs, options),
  };
}

const isSubmission = (request: Request) => request.url.endsWith("/submit");
const count = ({ edge }: Collecting, kind: string) =>
  edge.events.filter((event) => event.kind === kind).length;
const isDone = (process: Collecting, batchId: string) => async () =>
  (await process.record(batchId)).state === "done";

for (const stepMs of [-HOUR_MS, HOUR_MS]) {
  const step = stepMs < 0 ? "an hour back" : "an hour ahead";

  Deno.test(`collecting goes on when the clock is set ${step} between two rounds`, async () => {
    await using world = await setUpWorld();
    const process = world.process();
    const batchId = await process.start([{ give: 1 }, { give: 2 }]);
    await process.collect();
    world.clock.step(stepMs);
    assertEquals((await process.collect()).isElsewhere, false);
    await collectUntil(world, process, isDone(process, batchId), MINUTE_MS);
    await collectUntil(world, process, () => process.received.length > 0, MINUTE_MS);
    assertEquals([process.edge.runs().length, process.received.length], [2, 1]);
  });

  Deno.test(`a batch is asked for as often as before when the clock is set ${step}`, async () => {
    await using world = await setUpWorld({ faults: { queueDelayMs: 10 * MINUTE_MS } });
    const process = world.process({ isDelivering: false });
    const batchId = await process.start([{ give: 1 }]);
    await process.run({ forMs: 20_000 });
    world.clock.step(stepMs);
    const before = process.polls();
    let rounds = 0;
    const startMs = world.clock.monotonicMs();
    while (world.clock.monotonicMs() - startMs < MINUTE_MS) {
      const { nextAtMs = Infinity } = await process.collect();
      const waitMs = nextAtMs - world.clock.nowMs();
      assert(waitMs >= 0 && waitMs <= MINUTE_MS, `the next round is in ${waitMs} ms`);
      await world.clock.advance(Math.max(waitMs, 1));
      rounds++;
    }
    assert(rounds <= 12, `${rounds} rounds in a minute`);
    assert(process.polls() - before <= 8, `${process.polls() - before} polls in a minute`);
    await collectUntil(world, process, isDone(process, batchId), 20 * MINUTE_MS);
  });

  for (const onDoubt of ["keep", "submitAgain"] as const) {
    Deno.test(`a submission that is under way is not doubled when the clock is set ${step} (${onDoubt})`, async () => {
      await using world = await setUpWorld();
      const store = memoryStore({ clock: world.clock });
      let isSent = false;
      let answer = () => {};
      const held = new Promise<void>((resolve) => answer = resolve);
      const hook = { onDoubt };
      const first = world.process({
        store,
        hook,
        async service(request, send) {
          const response = await send(request);
          if (!isSubmission(request)) return response;
          isSent = true;
          await held;
          return response;
        },
      });
      const second = world.process({ store, hook });
      await second.collect(); // It has been there for a while.
      const started = first.start([{ give: 1 }], "msg_1");
      await untilSettled("the submission", () => isSent);
      await world.clock.advance(7_000);
      world.clock.step(stepMs);
      const repeats = [];
      for (let part = 0; part < 8; part++) {
        const again = first.edge.request({ orders: [{ give: 1 }] }, "msg_1");
        repeats.push(first.edge.handler(again).then(told));
        // It has been read by then: what is read for too long is given up.
        await untilSettled("the repeat", () => count(first, "deliveryRepeated") > part);
        await first.collect();
        await second.collect();
        await world.clock.advance(LOOK_MS);
      }
      answer();
      const batchId = await started;
      for (const { status, body } of await Promise.all(repeats)) {
        assertEquals([status, body.batchId], [202, batchId]);
      }
      await collectUntil(world, second, isDone(second, batchId), MINUTE_MS);
      assertEquals(second.edge.runs().length, 1);
      await collectUntil(world, second, () => first.received.length + second.received.length > 0, MINUTE_MS);
      assertEquals(first.received.length + second.received.length, 1);
    });
  }

  for (const onDoubt of ["keep", "submitAgain"] as const) {
    const whose = stepMs < 0 ? "an hour behind" : "an hour ahead";
    Deno.test(`a submission is not doubled by a process whose clock is ${whose} (${onDoubt})`, async () => {
      await using world = await setUpWorld();
      const { clock } = world;
      const store = memoryStore({ clock });
      const { promise: held, resolve: answer } = Promise.withResolvers<void>();
      let submissions = 0;
      const hook = { onDoubt };
      const first = world.process({
        store,
        hook,
        async service(request, send) {
          const response = await send(request);
          if (!isSubmission(request)) return response;
          submissions++;
          await held;
          return response;
        },
      });
      const second = world.process({ store, hook, options: { clock: skewed(clock, stepMs) } });
      await second.collect();
      const started = first.start([{ give: 1 }]);
      await untilSettled("the submission", () => submissions > 0);
      for (let part = 0; part < 8; part++) {
        const { nextAtMs = 0 } = await second.collect();
        assert(nextAtMs >= clock.nowMs() + stepMs + LOOK_MS, "it looks all the time");
        await clock.advance(LOOK_MS);
      }
      answer();
      const batchId = await started;
      await collectUntil(world, second, isDone(second, batchId), HOUR_MS + 2 * MINUTE_MS);
      assertEquals([submissions, second.edge.runs().length], [1, 1]);
    });
  }

  Deno.test(`a process takes over within a minute or so where another ended and the clock was set ${step}`, async () => {
    await using world = await setUpWorld();
    const kept = memoryStore({ clock: world.clock });
    const dying = dyingStore(kept, Infinity, "hangs");
    let isSent = false;
    const first = world.process({
      store: dying,
      hook: { answer: "accepted" },
      service(request, send) {
        if (!isSubmission(request)) return send(request);
        isSent = true;
        return new Promise<never>(() => {});
      },
      options: { waitUntil: () => {} },
    });
    const batchId = await first.start([{ give: 1 }]);
    await untilSettled("the submission", () => isSent);
    await world.clock.advance(6_000);
    // It has the right to collect, too.
    await put(kept, leaseKeys(LANE).holder, "of the process that ended");
    dying.lose();
    world.clock.step(stepMs);
    const second = world.process({ store: kept, hook: { answer: "accepted" } });
    // It had been sent, so that nobody knows what became of it: that is said.
    await collectUntil(world, second, async () => (await second.record(batchId)).state === "inDoubt", 75_000);
    assertEquals(second.edge.runs().length, 0);
  });

  Deno.test(`a delivery that was given back can be sent again when the clock is set ${step}`, async () => {
    await using world = await setUpEdge();
    const edge = edgeOf({
      ...worldOf(world),
      hook: {
        batch(event) {
          if (isBroken) throw new Error("not now");
          return {
            endpointId: world.local.endpointId,
            tasks: [{ functionId: world.functionId, args: [event] }],
          };
        },
      },
    });
    let isBroken = true;
    assertEquals((await edge.handler(edge.request(1, "msg_1"))).status, 500);
    world.clock.step(stepMs);
    isBroken = false;
    assertEquals((await edge.handler(edge.request(1, "msg_1"))).status, 202);
    assertEquals(edge.runs().length, 1);
  });

  Deno.test(`a delivery is taken over from a process that ended when the clock is set ${step}`, async () => {
    await using world = await setUpEdge();
    const store = memoryStore({ clock: world.clock });
    let isAsked = false;
    const batch = () => {
      isAsked = true;
      return new Promise<never>(() => {});
    };
    const stuck = edgeOf({ ...worldOf(world), store, hook: { batch } });
    void stuck.handler(stuck.request(1, "msg_1"));
    await untilSettled("the hook is asked", () => isAsked); // Its process ends here.
    world.clock.step(stepMs);
    const next = edgeOf({ ...worldOf(world), store });
    assertEquals((await next.handler(next.request(1, "msg_1"))).status, 202);
    assertEquals(next.runs().length, 1);
    await world.clock.advance(60_000);
  });

  Deno.test(`a message is sent again when the clock is set ${step}`, async () => {
    await using world = await setUpWorld();
    let isDown = true;
    const process = world.process({
      receiver: () =>
        isDown ? new Response(null, { status: 503, headers: { "retry-after": "20" } }) : undefined,
    });
    await process.start([{ give: 1 }]);
    await collectUntil(world, process, () => process.received.length === 1);
    world.clock.step(stepMs);
    isDown = false;
    await collectUntil(world, process, () => process.received.length === 2, MINUTE_MS);
    const [one, two] = process.received;
    assertEquals(one?.id, two?.id);
    await world.clock.advance(2 * HOUR_MS);
    await process.collect();
    assertEquals(process.received.length, 2);
  });

  Deno.test(`a collector goes on when the clock is set ${step}`, async () => {
    await using world = await setUpWorld();
    const process = world.process();
    const errors: unknown[] = [];
    let underWay = 0;
    const rest = async () => {
      do await settle(); while (underWay > 0);
    };
    const collector = createCollector({
      async collect(options) {
        underWay++; // What it does takes time of its own: the clock stands still meanwhile.
        return await process.edge.handler.collect(options).finally(() => underWay--);
      },
      clock: world.clock,
      onError: (error) => void errors.push(error),
    });
    const running = collector.runUntil(Infinity);
    await rest();
    await world.clock.advance(1_000);
    world.clock.step(stepMs);
    const batchId = await process.start([{ give: 1 }]);
    for (let waitedMs = 0; waitedMs < MINUTE_MS; waitedMs += 1_000) {
      await world.clock.advance(1_000);
      await rest();
    }
    assertEquals((await process.record(batchId)).state, "done");
    assertEquals(process.received.length, 1);
    await collector.stop();
    await running;
    assertEquals(errors, []);
  });
}

Deno.test("a task that is missing is not given up at once when the clock is set ahead", async () => {
  await using world = await setUpWorld();
  let isGone = true;
  const process = world.process({
    isDelivering: false,
    async service(request, send) {
      if (!isGone || !request.url.endsWith("/batch_status")) return await send(request);
      const { task_ids: ids } = await request.json() as { task_ids: string[] };
      const unknown = (
        task_id: string,
      ) => [task_id, { task_id, status: "Failed", reason: "Unknown task id" }];
      return Response.json({ response: "batch", results: Object.fromEntries(ids.map(unknown)) });
    },
  });
  const batchId = await process.start([{ give: 1 }]);
  await world.clock.advance(1_000);
  await process.collect();
  world.clock.step(HOUR_MS);
  await process.collect();
  isGone = false;
  await collectUntil(world, process, isDone(process, batchId), MINUTE_MS);
  assertEquals((await process.record(batchId)).counts.success, 1);
});
