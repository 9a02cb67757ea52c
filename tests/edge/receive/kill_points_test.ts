/**
 * A process that loses its store, or its life, with any of the calls that it makes to the store, and another one that
 * follows it: the service gets the batch once at the most, and the delivery comes to its end.
 */
import { listAll } from "../../../src/store/writes.ts";
import { assert, assertEquals } from "@std/assert";
import { memoryStore, type Store } from "../../../mod.ts";
import type { Hook } from "../../../edge/hook.ts";
import { readRecord } from "../../../edge/records/json_record.ts";
import type { BatchRecord, SentBatch } from "../../../edge/records/batch_record.ts";
import { BATCH_PREFIX, batchKey, DUE_PREFIX, readDueKey, sentKey } from "../../../edge/records/keys.ts";
import { submitBatch } from "../../../edge/submit/submit_batch.ts";
import { settle } from "../../support/manual_clock.ts";
import { type Death, DEATHS, dyingStore } from "../dying_store.ts";
import { assertWholeBatches } from "../whole_batches.ts";
import {
  type Edge,
  edgeOf,
  type EdgeSetUp,
  goingOn,
  sendOn,
  setUpEdge,
  submissions,
  submitOn,
  told,
  UNTIL_MISSED_MS,
  worldOf,
} from "../edge_helpers.ts";
import { GITHUB } from "../verify/schemes.ts";

const refuse = (status: number) => submissions(() => Promise.resolve(new Response(null, { status })));
const lose = submissions(async (send) => {
  await (await send()).body?.cancel();
  throw new TypeError("fetch failed");
});

/** What the first process meets; the service of those that follow is well. */
const SCENARIOS: Record<string, EdgeSetUp> = {
  "whose service is well": {},
  "whose answer is lost": { fetch: lose },
  "whose batch is refused for now": { fetch: refuse(401) },
  "whose batch is refused": { fetch: refuse(422) },
  "whose sender signs no id": { scheme: GITHUB },
  "whose hook never makes the same batch twice": {
    tasks: (event) =>
      Array.from({ length: 1 + Math.round(Math.random()) }, () => [event, crypto.randomUUID()]),
  },
  "that is answered before it is submitted": { hook: { answer: "accepted" } },
  "that is answered before its submission is refused": { hook: { answer: "accepted" }, fetch: refuse(401) },
};

interface Run {
  world: Edge;
  setUp: EdgeSetUp;
  store: Store;
  name: string;
}

/** Sends the delivery until it is taken, as senders do, and does what `collect` does with what is due. */
async function bringToItsEnd(
  { world, setUp, store, name }: Run,
  isTaken: boolean,
): Promise<string | undefined> {
  const { fetch: _, ...well } = setUp;
  const edge = edgeOf({ ...worldOf(world), ...well, store });
  let batchId: string | undefined;
  for (let turn = 0; !isTaken; turn++) {
    assert(turn < 5, `It is not taken: ${JSON.stringify(edge.events)}`);
    await world.clock.advance(10_000);
    const { status, body } = await sendOn(edge, edge.request(name, name));
    isTaken = status < 300;
    batchId = String(body.batchId);
  }
  for (let turn = 0; turn < 2; turn++) {
    await world.clock.advance(25_000);
    for await (const key of listAll(store, DUE_PREFIX)) await submitOn(edge, readDueKey(key).batchId);
  }
  await goingOn(world, edge.idle());
  return batchId;
}

async function dieAt(run: Run, place: number, death: Death): Promise<boolean> {
  const { world, setUp, store, name } = run;
  const dying = dyingStore(store, place, death);
  const first = edgeOf({ ...worldOf(world), ...setUp, store: dying });
  const answering = first.handler(first.request(name, name)).then(told);
  const over = answering.then(() => first.idle());
  // What it knows alone, it tries to keep for a while: with a store that is gone for good, that does not end.
  await Promise.race([over, dying.lost]);
  if (death.startsWith("throws")) await goingOn(world, answering);
  const answer = await Promise.race([answering, settle().then(() => undefined)]);
  const early = answer !== undefined && answer.status < 300 ? answer.body.batchId : undefined;

  const where = `${death} at call ${place}`;
  await assertWholeBatches(store, where);
  const late = await bringToItsEnd(run, early !== undefined);
  if (death === "stalls" && dying.isLost) {
    dying.goOn();
    const { batchId } = (await goingOn(world, answering)).body;
    assert(batchId === undefined || batchId === (early ?? late), "Two batches were promised");
    await goingOn(world, over);
    await bringToItsEnd(run, true);
  }
  const batchId = String(early ?? late);
  const { value: record } = await readRecord<BatchRecord>(store, batchKey(batchId)) ?? {};
  const { value: sent } = await readRecord<SentBatch>(store, sentKey(batchId)) ?? {};
  const payloads = sent?.tasks.map(({ payload }) => payload) ?? [];
  const taken = world.runs();
  const runs = world.local.runs.filter((_, place) => taken[place]?.startsWith(JSON.stringify(name)))
    .map(({ payload }) => payload);
  const what = `call ${place} ${death}: ${record?.state}, ${runs.length} runs`;
  assertEquals(record?.taskCount, payloads.length);
  if (runs.length > 0 || record?.state === "running") assertEquals(runs, payloads, what);
  // The sender was told that it is being submitted, by a process that lost its store with what it had noted, or by another
  // one before the first went on, which alone knew of the refusal.
  const isLate = death === "stalls" || early !== undefined && death === "throwsAfter";
  const isRefused = record?.state === "refused" && isLate;
  assert(record?.state === "running" || record?.state === "inDoubt" || isRefused, what);
  await assertWholeBatches(store, where);
  for await (const key of listAll(store, BATCH_PREFIX)) {
    if (key === batchKey(batchId)) continue;
    // One that the service did not take was made before, and the delivery then counted as new.
    const { value } = await readRecord<BatchRecord>(store, key) ?? {};
    assertEquals([value?.state, value?.takenCount, early], ["refused", 0, undefined], what);
  }
  return dying.isLost;
}

for (const [scenario, setUp] of Object.entries(SCENARIOS)) {
  Deno.test(`a delivery ${scenario} is submitted once at the most, wherever its process ends`, async () => {
    await using world = await setUpEdge(setUp);
    for (const death of DEATHS) {
      let place = 0;
      for (let isLost = true; isLost; place++) {
        const store = memoryStore({ clock: world.clock });
        const name = `${death}-${place}`;
        isLost = await dieAt({ world, setUp, store, name }, place, death);
      }
      assert(place > 5, `${place} calls`);
    }
  });
}

Deno.test("a delivery that is ignored is ignored, wherever its process ends", async () => {
  const hook: Partial<Hook> = { batch: () => undefined };
  await using world = await setUpEdge({ hook });
  for (const death of DEATHS) {
    for (let place = 0, isLost = true; isLost; place++) {
      const store = memoryStore({ clock: world.clock });
      const dying = dyingStore(store, place, death);
      const first = edgeOf({ ...worldOf(world), hook, store: dying });
      const answering = first.handler(first.request());
      const answer = await Promise.race([answering, dying.lost.then(() => undefined)]);
      isLost = dying.isLost;
      const next = edgeOf({ ...worldOf(world), hook, store });
      const response = await next.handler(next.request());
      assertEquals([response.status, await response.json()], [200, { state: "ignored" }]);
      if (answer?.ok) assertEquals(response.headers.get("idempotent-replayed"), "true");
      dying.goOn();
      if (death === "stalls") await answering;
    }
  }
  assertEquals(world.local.runs.length, 0);
});

Deno.test("a process that stands still with its request on the way tells of it when it goes on", async () => {
  await using world = await setUpEdge();
  const store = memoryStore({ clock: world.clock });
  const { promise: goesOn, resolve: goOn } = Promise.withResolvers<void>();
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  const fetch = submissions(async (send) => {
    begin();
    await goesOn;
    return await send();
  });
  const dying = dyingStore(store, Infinity, "stalls");
  const first = edgeOf({ ...worldOf(world), fetch, store: dying });
  const answering = first.handler(first.request()).then(told);
  await begun;
  dying.lose();

  const next = edgeOf({ ...worldOf(world), store });
  const { body } = await sendOn(next, next.request());
  assertEquals([body.state, next.runs().length], ["submitting", 0]);
  const batchId = String(body.batchId);
  assertEquals((await submitBatch(next.context, batchId)).isHeld, false);
  await world.clock.advance(UNTIL_MISSED_MS);
  const { record } = await submitOn(next, batchId);
  assertEquals([record?.state, next.runs().length], ["inDoubt", 0]);
  goOn();
  dying.goOn();
  await goingOn(world, first.idle());
  assertEquals([(await goingOn(world, answering)).body, next.runs().length], [body, 1]);
  const { state, doubt, takenCount } = await next.record(batchId) ?? {};
  assertEquals([state, doubt, takenCount], ["running", undefined, 1]);
  await assertWholeBatches(store, "goes on");
});
