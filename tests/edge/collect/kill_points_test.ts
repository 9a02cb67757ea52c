/**
 * A process that loses its store, or its life, with any of the calls that it makes to the store while it collects, and
 * another one that follows it: every batch ends as delivered, and each message has the same id and body each time.
 */
import { assert, assertEquals } from "@std/assert";
import { memoryStore } from "../../../mod.ts";
import { pagesKey } from "../../../edge/records/keys.ts";
import type { Hook } from "../../../edge/hook.ts";
import { type Death, DEATHS, dyingStore } from "../dying_store.ts";
import { assertWholeBatches } from "../whole_batches.ts";
import {
  assertSigned,
  keysBelow,
  type Order,
  type Received,
  setUpWorld,
  type World,
} from "./collect_helpers.ts";

/** Two pages: each result has most of what one message takes. */
const ORDERS: readonly Order[] = [{ characters: 15_000 }, { raise: "no such sample" }, {
  characters: 15_000,
}];
const COMMIT = { repository: "octo-org/octo-repo", sha: "6113728f27ae82c7b1a177c8d03f9e96e0adf246" };
const HOOK: Partial<Hook> = { commitStatus: { token: "t", commit: () => COMMIT } };
const LONGER_THAN_THE_LEASE_MS = 61_000;

async function dieAt(world: World, place: number, death: Death): Promise<boolean> {
  const store = memoryStore({ clock: world.clock });
  const batchId = await world.process({ store, hook: HOOK }).start(ORDERS);
  const dying = dyingStore(store, place, death);
  const first = world.process({ store: dying, hook: HOOK });
  const running = first.run().catch(() => undefined);
  await (death.startsWith("throws") ? running : Promise.race([running, dying.lost]));

  const where = `${death} at call ${place}`;
  await assertWholeBatches(store, where);
  await world.clock.advance(LONGER_THAN_THE_LEASE_MS);
  const second = world.process({ store, hook: HOOK });
  const report = await second.run();
  assertEquals(report.nextAtMs, undefined, where);
  if (death === "stalls" && dying.isLost) {
    dying.goOn();
    await running;
    await second.run();
  }

  const { state, counts } = await second.record(batchId);
  assertEquals([state, counts], ["done", { pending: 0, success: 2, failed: 1, lost: 0 }], where);
  const received = [...first.received, ...second.received];
  assertDelivered(received.filter(({ id }) => id !== ""), batchId, where);
  const statuses = received.filter(({ id }) => id === "").map(({ body }) => body.state);
  assertEquals(
    [statuses.at(-1), new Set(statuses).size <= 2],
    ["failure", true],
    `${statuses}, where it ${where}`,
  );
  await assertWholeBatches(store, where);
  assertEquals([await second.waiting(), await keysBelow(store, pagesKey(""))], [[], []], where);
  return dying.isLost;
}

function assertDelivered(received: readonly Received[], batchId: string, where: string): void {
  const byId = new Map<string, string>();
  for (const message of received) {
    assertSigned(message);
    const { link: _, ...data } = message.body.data;
    const text = JSON.stringify({ ...message.body, data }).replaceAll(/capability=[\w.-]+/g, "");
    assertEquals(byId.get(message.id) ?? text, text, `another body for ${message.id}, where it ${where}`);
    byId.set(message.id, text);
  }
  assertEquals([...byId.keys()].sort(), [`msg_${batchId}_1`, `msg_${batchId}_2`], where);
  const tasks = [1, 2].flatMap((page) => JSON.parse(byId.get(`msg_${batchId}_${page}`) ?? "{}").data.tasks);
  assertEquals(tasks.map(({ index }) => index), [0, 1, 2], where);
}

for (const death of DEATHS) {
  Deno.test(`collect() brings all to its end after a process that ${death} at any call to its store`, async () => {
    await using world = await setUpWorld();
    let place = 0;
    while (await dieAt(world, place, death)) place++;
    assert(place > 20, `only ${place} calls`);
  });
}

Deno.test("collect() brings all to its end where results are told once, whatever is lost with a process", async () => {
  await using world = await setUpWorld({ faults: { readOnce: true } });
  let lost = 0;
  for (const death of ["throws", "hangs", "hangsAfter"] as const) {
    for (let place = 0;; place++) {
      const store = memoryStore({ clock: world.clock });
      const batchId = await world.process({ store }).start([{ give: 1 }, { give: 2 }]);
      const dying = dyingStore(store, place, death);
      const first = world.process({ store: dying });
      const running = first.run().catch(() => undefined);
      await (death === "throws" ? running : Promise.race([running, dying.lost]));
      await world.clock.advance(LONGER_THAN_THE_LEASE_MS);
      const second = world.process({ store });
      await second.run();
      const { state, counts } = await second.record(batchId);
      assertEquals([state, counts.pending, counts.success + counts.lost], ["done", 0, 2]);
      lost += counts.lost;
      const ids = [...first.received, ...second.received].map(({ id }) => id);
      assertEquals([...new Set(ids)], [`msg_${batchId}_1`]);
      if (!dying.isLost) break;
    }
  }
  // The service has forgotten what a process had read, and not yet put into the store, when it was ended.
  assert(lost > 0 && lost < 20, `${lost} results lost`);
});
