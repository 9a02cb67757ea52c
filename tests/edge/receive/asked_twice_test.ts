/** A hook that is asked twice about a delivery, by two processes: what it says the second time makes no second batch. */
import { listAll } from "../../../src/store/writes.ts";
import { assert, assertEquals } from "@std/assert";
import { memoryStore } from "../../../mod.ts";
import type { Hook } from "../../../edge/hook.ts";
import { BATCH_PREFIX, DUE_PREFIX, readDueKey } from "../../../edge/records/keys.ts";
import { dyingStore } from "../dying_store.ts";
import { edgeOf, goingOn, sendOn, setUpEdge, submitOn, told, worldOf } from "../edge_helpers.ts";

const broken = () => {
  throw new Error("not now");
};

for (
  const [what, hook, status] of [
    ["fails", { batch: broken }, 500],
    ["ignores it", { batch: () => undefined }, 200],
    ["makes what it may not", { functions: ["11111111-1111-4111-8111-111111111111"] }, 403],
  ] as [string, Partial<Hook>, number][]
) {
  Deno.test(`a delivery whose hook ${what} the second time has no batch of the first time`, async () => {
    await using world = await setUpEdge();
    for (let place = 0, isLost = true; isLost; place++) {
      const store = memoryStore({ clock: world.clock });
      const dying = dyingStore(store, place, "stalls");
      const first = edgeOf({ ...worldOf(world), store: dying });
      const runsBefore = world.runs().length;
      const answering = first.handler(first.request(place, `msg_${place}`)).then(told);
      await Promise.race([answering, dying.lost]);
      isLost = dying.isLost;
      const second = edgeOf({ ...worldOf(world), store, hook });
      const answer = await sendOn(second, second.request(place, `msg_${place}`));
      const third = edgeOf({ ...worldOf(world), store });
      const last = answer.status < 300 ? answer : await sendOn(third, third.request(place, `msg_${place}`));
      assert(answer.status === status || answer.status === 202, `${answer.status}`);
      assert(last.status < 300, JSON.stringify(last));

      dying.goOn();
      const { body } = await goingOn(world, answering);
      assertEquals(JSON.stringify(body), JSON.stringify(last.body)); // Both are told the same.
      assertEquals((await Array.fromAsync(listAll(store, BATCH_PREFIX))).length <= 1, true);
      for (let turn = 0; turn < 2; turn++) {
        await world.clock.advance(25_000);
        for await (const key of listAll(store, DUE_PREFIX)) await submitOn(third, readDueKey(key).batchId);
      }
      const runs = world.runs().length - runsBefore;
      const record = await third.record(String(last.body.batchId));
      if (last.body.state === "ignored") assertEquals(runs, 0);
      else {assert(
          record?.state === "inDoubt" || (record?.state === "running" && runs === 1),
          `${place}: ${runs}`,
        );}
      assert(runs <= 1, `${place}: ${runs} runs`);
    }
  });
}

Deno.test("a hook that thinks is asked by each who comes, and one of its batches is taken", async () => {
  let asks = 0;
  const { promise: thinks, resolve: decide } = Promise.withResolvers<void>();
  const { promise: asked, resolve: ask } = Promise.withResolvers<void>();
  await using edge = await setUpEdge();
  const { batch } = edge.options.hooks.push as Hook;
  const slow = edgeOf({
    ...worldOf(edge),
    store: edge.store,
    hook: {
      async batch(event, context) {
        asks++;
        if (asks === 2) ask();
        await thinks;
        return await batch(event, context);
      },
    },
  });
  const answers = [1, 2].map(() => slow.handler(slow.request()).then(told));
  await asked;
  await edge.clock.advance(9_000);
  decide();
  const [first, second] = await Promise.all(answers);
  assertEquals([first?.status, second], [202, first]);
  assertEquals([asks, edge.runs().length], [2, 1]);
  assertEquals((await Array.fromAsync(listAll(edge.store, BATCH_PREFIX))).length, 1);
});
