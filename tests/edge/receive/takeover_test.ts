/** A process that stands still for longer than its claim lasts, and one that takes its delivery over. */
import { listAll } from "../../../src/store/writes.ts";
import { assert, assertEquals } from "@std/assert";
import { memoryStore } from "../../../mod.ts";
import type { Hook } from "../../../edge/hook.ts";
import { OPEN_PREFIX } from "../../../edge/records/keys.ts";
import { submitBatch } from "../../../edge/submit/submit_batch.ts";
import { dyingStore } from "../dying_store.ts";
import { edgeOf, sendAgain, setUpEdge, told, worldOf } from "../edge_helpers.ts";

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
      await world.clock.advance(25_000);
      const second = edgeOf({ ...worldOf(world), store, hook });
      const answer = await sendAgain(second, () => second.request(place, `msg_${place}`));
      const third = edgeOf({ ...worldOf(world), store });
      const last = answer.status < 300
        ? answer
        : await sendAgain(third, () => third.request(place, `msg_${place}`));
      assert(answer.status === status || answer.status === 202, `${answer.status}`);
      assert(last.status < 300, JSON.stringify(last));

      dying.goOn();
      await answering;
      for (let turn = 0; turn < 2; turn++) {
        await world.clock.advance(25_000);
        for await (const key of listAll(store, OPEN_PREFIX)) {
          await submitBatch(third.context, key.slice(OPEN_PREFIX.length));
        }
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

Deno.test("a hook is asked once, while it thinks", async () => {
  let asks = 0;
  const { promise: thinks, resolve: decide } = Promise.withResolvers<undefined>();
  const { promise: asked, resolve: ask } = Promise.withResolvers<void>();
  await using edge = await setUpEdge({
    hook: {
      batch: () => {
        asks++;
        ask();
        return thinks;
      },
    },
  });
  const first = edge.handler(edge.request());
  await asked;
  await edge.clock.advance(9_000);
  assertEquals((await edge.handler(edge.request())).status, 409);
  decide(undefined);
  assertEquals([(await first).status, asks], [200, 1]);
});
