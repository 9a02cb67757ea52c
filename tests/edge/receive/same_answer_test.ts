/**
 * A sender is told the same whenever it sends the same, by whichever process, until its batch is refused: then its delivery
 * counts as new. What fails before a delivery is taken is a 503, and nothing is lost after it.
 */
import { assert, assertEquals } from "@std/assert";
import { memoryStore, type Store, type StoreChange } from "../../../mod.ts";
import { collect } from "../../../edge/collect/collect.ts";
import { BATCH_PREFIX } from "../../../edge/records/keys.ts";
import { listAll } from "../../../src/store/writes.ts";
import { assertWholeBatches } from "../whole_batches.ts";
import {
  edgeOf,
  type EdgeSetUp,
  goingOn,
  sendOn,
  setUpEdge,
  submissions,
  submitOn,
  told,
  worldOf,
} from "../edge_helpers.ts";
import { GITHUB } from "../verify/schemes.ts";

const NAMINGS: Record<string, EdgeSetUp> = {
  "whose id is signed": {},
  "that is named by its bytes": { scheme: GITHUB },
};

/** The document of an answer without the signatures in it. */
const unsigned = (text: string) => text.replaceAll(/(capability=[\w-]+\.[\w-]+\.)[\w-]+/g, "$1");

for (const [naming, setUp] of Object.entries(NAMINGS)) {
  Deno.test(`a delivery ${naming} gets the same answer before and after the end of its batch, in each process`, async () => {
    await using world = await setUpEdge(setUp);
    const { store } = world;
    const process = (options = {}) => edgeOf({ ...worldOf(world), ...setUp, store, options });
    const first = await (await world.handler(world.request())).text();
    await world.idle();
    const { batchId } = JSON.parse(first);
    const ask = async (edge = process()) => {
      const response = await edge.handler(edge.request());
      assertEquals([response.status, response.headers.get("idempotent-replayed")], [202, "true"]);
      return await response.text();
    };
    assertEquals([await ask(), await ask(world as never)], [first, first]);
    for (let turn = 0; turn < 20 && (await world.record(batchId))?.state !== "done"; turn++) {
      await world.clock.advance(15_000);
      await world.clock.runUntil(collect(world.context));
    }
    assertEquals((await world.record(batchId))?.state, "done");
    assertEquals([await ask(), await ask(world as never)], [first, first]);
    const rotated = process({
      linkSecrets: ["another secret that signs the links of these tests", ...world.options.linkSecrets],
    });
    const last = await ask(rotated);
    assert(last !== first, "The new secret signs nothing");
    assertEquals(unsigned(last), unsigned(first));
    assertEquals(world.runs().length, 1);
  });

  Deno.test(`a delivery ${naming} counts as new once its batch is refused`, async () => {
    let requests = 0;
    await using edge = await setUpEdge({
      ...setUp,
      fetch: submissions((send) =>
        requests++ === 0 ? Promise.resolve(new Response(null, { status: 422 })) : send()
      ),
    });
    assertEquals((await edge.handler(edge.request())).status, 502);
    await assertWholeBatches(edge.store, "is refused");
    const { status, body } = await told(await edge.handler(edge.request()));
    assertEquals([status, body.state, edge.runs().length], [202, "running", 1]);
    assertEquals((await told(await edge.handler(edge.request()))).body, body);
    await assertWholeBatches(edge.store, "was refused, and is taken");
  });
}

Deno.test("a repeat waits half a second for what another process does, and both are told the same", async () => {
  for (const isFast of [true, false]) {
    const goesOn = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    await using world = await setUpEdge({
      fetch: submissions(async (send) => {
        begun.resolve();
        await goesOn.promise;
        return await send();
      }),
    });
    const other = edgeOf({ ...worldOf(world), store: world.store });
    const first = world.handler(world.request()).then(told);
    await begun.promise;
    const startMs = world.clock.monotonicMs();
    let endMs: number | undefined;
    const repeat = other.handler(other.request()).then(told).finally(() => endMs = world.clock.monotonicMs());
    if (isFast) goesOn.resolve();
    const { status, body } = await goingOn(world, repeat);
    assert((endMs ?? Infinity) - startMs <= 700, `${endMs} - ${startMs}`);
    assertEquals([status, body.state], [202, isFast ? "running" : "submitting"]);
    goesOn.resolve();
    assertEquals(await first, { status, body });
    assertEquals(world.runs().length, 1);
    await world.idle();
  }
});

Deno.test("a delivery that comes to a process without the lane is answered at once, and submitted by the next holder", async () => {
  const goesOn = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  await using world = await setUpEdge({
    fetch: submissions(async (send) => {
      begun.resolve();
      await goesOn.promise;
      return await send();
    }),
  });
  const other = edgeOf({ ...worldOf(world), store: world.store });
  const first = world.handler(world.request(1, "msg_1")).then(told);
  await begun.promise;
  const startMs = world.clock.monotonicMs();
  const { status, body } = await sendOn(other, other.request(2, "msg_2"));
  assertEquals([status, body.state, world.runs()], [202, "submitting", []]);
  assert(world.clock.monotonicMs() - startMs <= 700, "It has waited for longer");
  const dueMs = other.due.at(-1) ?? Infinity;
  assert(dueMs <= world.clock.nowMs() + 1_000, "Nobody is told that there is work");
  goesOn.resolve();
  await first;
  await world.idle();
  await world.clock.advance(1_000);
  await world.clock.runUntil(collect(other.context));
  assertEquals(world.runs().toSorted(), ["1", "2"]);
  assertEquals((await world.record(String(body.batchId)))?.state, "running");
});

/** A store whose commits fail as this says. */
function failing(store: Store, isDown: (changes: readonly StoreChange[]) => boolean): Store {
  return {
    ...store,
    commit: (changes) => isDown(changes) ? Promise.reject(new Error("disk full")) : store.commit(changes),
  };
}

Deno.test("a delivery that a full store does not take is a 503, and is taken when it is sent again", async () => {
  await using world = await setUpEdge();
  let isFull = true;
  const store = memoryStore({ clock: world.clock });
  const edge = edgeOf({ ...worldOf(world), store: failing(store, () => isFull) });
  const response = await edge.handler(edge.request());
  assertEquals([response.status, response.headers.get("retry-after")], [503, "10"]);
  assertEquals([await Array.fromAsync(listAll(store, "")), world.runs()], [[], []]);
  isFull = false;
  const { status, body } = await told(await edge.handler(edge.request()));
  assertEquals([status, body.state, world.runs().length], [202, "running", 1]);
});

for (const isForGood of [false, true]) {
  Deno.test(`a delivery that was taken is answered 202 and not lost, whichever commit fails ${isForGood ? "from then on" : "once"}`, async () => {
    await using world = await setUpEdge();
    let place = 1;
    for (let hasFailed = true; hasFailed; place++) {
      const store = memoryStore({ clock: world.clock });
      let [commits, isUp] = [0, false];
      hasFailed = false;
      const isDown = () => {
        const fails = !isUp && (isForGood ? commits >= place : commits === place);
        commits++;
        hasFailed ||= fails;
        return fails;
      };
      const edge = edgeOf({ ...worldOf(world), store: failing(store, isDown) });
      const before = world.runs().length;
      const answer = await sendOn(edge, edge.request(place, `msg_${place}`));
      assertEquals(answer.status, 202, `commit ${place}`);
      isUp = true;
      await goingOn(world, edge.idle());
      const batchId = String(answer.body.batchId);
      let record = (await submitOn(edge, batchId)).record;
      if (record?.state === "submitting") record = (await submitOn(edge, batchId)).record;
      assertEquals([record?.state, world.runs().length - before], ["running", 1], `commit ${place}`);
      assertEquals(await Array.fromAsync(listAll(store, BATCH_PREFIX)), [`${BATCH_PREFIX}${batchId}`]);
      await assertWholeBatches(store, `fails at commit ${place}`);
    }
    assert(place > 4, `${place} commits`);
  });
}
