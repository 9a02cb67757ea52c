/** Copies of a delivery, at once or later, become one batch, also where answers are lost. */
import { listAll } from "../../../src/store/writes.ts";
import { assert, assertEquals } from "@std/assert";
import { memoryStore, type Store } from "../../../mod.ts";
import { sqliteStore } from "../../../src/store/sqlite_store.ts";
import { submitBatch } from "../../../edge/submit/submit_batch.ts";
import { startLocalService } from "../../../src/local/mod.ts";
import { type Edge, edgeOf, goingOn, setUpEdge, submissions, told, worldOf } from "../edge_helpers.ts";
import { GITHUB } from "../verify/schemes.ts";

async function sendCopies(
  edges: readonly Pick<Edge, "handler" | "request" | "idle">[],
  count: number,
): Promise<void> {
  const copies = Array.from({ length: count }, (_, n) => edges[n % edges.length] as Edge);
  const answers = await goingOn(
    copies[0] as Edge,
    Promise.all(copies.map(async ({ handler, request }) => {
      const response = await handler(request({ n: 1 }));
      return `${response.status} ${await response.text()}`;
    })),
  );
  assertEquals(new Set(answers).size, 1);
  assert(answers[0]?.startsWith("202 "), answers[0]);
  for (const edge of edges) {
    const { status, body } = await told(await edge.handler(edge.request({ n: 1 })));
    assertEquals(`${status} ${JSON.stringify(body)}`, answers[0]);
    await edge.idle();
  }
}

for (const [name, scheme] of [["a signed id", undefined], ["an id that is not signed", GITHUB]] as const) {
  Deno.test(`fifty copies at once of a delivery with ${name} are one batch`, async () => {
    const setUp = scheme === undefined ? {} : { scheme };
    await using edge = await setUpEdge(setUp);
    await sendCopies([edge], 50);
    assertEquals(edge.runs(), ['{"n":1}']);
  });
}

Deno.test("fifty copies at once, to two handlers with one file, are one batch", async () => {
  await using world = await setUpEdge();
  const directory = await Deno.makeTempDir();
  try {
    const open = () => sqliteStore(`${directory}/store.sqlite`, { clock: world.clock });
    await using one = open();
    await using two = open();
    const edges = [one, two].map((store) => edgeOf({ ...worldOf(world), store }));
    await sendCopies(edges, 50);
    assertEquals(world.runs(), ['{"n":1}']);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("fifty copies at once, to a service over HTTP, are one batch", async () => {
  await using world = await setUpEdge();
  await using local = await startLocalService({ workers: 1 });
  const functionId = "b0a5d1a0-2b22-4381-b899-ba73321e41e0"; // It knows this one.
  const { endpointId } = local;
  const edge = edgeOf({
    ...worldOf(world),
    local,
    functionId,
    hook: { batch: () => ({ endpointId, tasks: [{ functionId }] }) },
    options: { fetch: (request) => fetch(request) },
  });
  await sendCopies([edge], 50);
  assertEquals(local.requests.filter(({ path }) => path.endsWith("/submit")).length, 1);
});

Deno.test("a copy that comes while its batch is submitted waits with the first one, and gets the same answer", async () => {
  const { promise: goesOn, resolve: goOn } = Promise.withResolvers<void>();
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  await using edge = await setUpEdge({
    fetch: submissions(async (send) => {
      begin();
      await goesOn;
      return await send();
    }),
  });
  const first = edge.handler(edge.request());
  await begun;
  await edge.clock.advance(7_999);
  const second = edge.handler(edge.request());
  // The sender of the first one would not wait for much longer.
  await edge.clock.advance(1);
  const { status, body } = await told(await first);
  assertEquals([status, body.state, body.taskIds], [202, "submitting", undefined]);
  // The lane has a lease that is renewed: no other process is let at it.
  const other = edgeOf({ ...worldOf(edge), store: edge.store });
  for (let turn = 0; turn < 10; turn++) {
    await edge.clock.advance(5_000);
    assertEquals((await told(await edge.handler(edge.request()))).body, body);
    assertEquals((await told(await other.handler(other.request()))).body, body);
    assertEquals((await submitBatch(other.context, String(body.batchId))).isHeld, false);
  }
  assertEquals((await told(await second)).body, body);
  goOn();
  await edge.idle();
  assertEquals([(await edge.record(String(body.batchId)))?.state, edge.runs().length], ["running", 1]);
});

Deno.test("a delivery whose answer is lost is in doubt, and stays so", async () => {
  await using edge = await setUpEdge();
  edge.local.setFaults({ failNext: ["resetAfterTaken"] });
  const first = await told(await edge.handler(edge.request()));
  assertEquals([first.status, first.body.state, first.body.taskIds], [202, "inDoubt", undefined]);
  const record = await edge.record(String(first.body.batchId));
  assertEquals([record?.state, record?.takenCount, record?.doubt?.recoveredTaskIds], ["inDoubt", 0, []]);
  assertEquals([record?.doubt?.start, record?.doubt?.count], [0, 1]);
  assert(record?.doubt?.message.startsWith("Its answer was lost: "), record?.doubt?.message);
  await edge.clock.advance(3_600_000);
  assertEquals((await told(await edge.handler(edge.request()))).body, first.body);
  assertEquals([edge.runs().length, edge.events[0]?.kind], [1, "batchInDoubt"]);
});

Deno.test("a delivery in doubt is submitted again, once, where its hook says so", async () => {
  await using edge = await setUpEdge({ hook: { onDoubt: "submitAgain" } });
  edge.local.setFaults({ failNext: ["resetAfterTaken"] });
  const { status, body } = await told(await edge.handler(edge.request({ n: 1 })));
  assertEquals([status, body.state, (body.taskIds as string[]).length], [202, "running", 1]);
  assertEquals(edge.runs(), ['{"n":1}', '{"n":1}']);
  const record = await edge.record(String(body.batchId));
  assertEquals([record?.submission, record?.doubt], [{ attempts: 2 }, undefined]);

  edge.local.setFaults({ failNext: ["resetAfterTaken", "resetAfterTaken"] });
  const doubtful = await told(await edge.handler(edge.request({ n: 2 }, "msg_2")));
  assertEquals([doubtful.body.state, edge.runs().length], ["inDoubt", 4]);
});

for (
  const [what, answer] of [
    ["refused", () => new Response(null, { status: 422 })],
    ["forbidden", () => new Response(null, { status: 403 })],
    ["in conflict", () => new Response(null, { status: 409 })],
    ["too large", () => new Response(null, { status: 413 })],
  ] as const
) {
  Deno.test(`a delivery whose batch is ${what} is free again, and a repeat succeeds`, async () => {
    let isRefused = true;
    await using edge = await setUpEdge({
      fetch: submissions((send) => isRefused ? Promise.resolve(answer()) : send()),
    });
    const response = await edge.handler(edge.request());
    assertEquals(response.status, 502);
    // What is left says why, to an operator; nothing stands for the delivery, and nothing is due.
    await edge.idle();
    const left = (await Array.fromAsync(listAll(edge.store, "edge/"))).map((key) => key.split("/")[1]);
    assertEquals(left.toSorted(), ["batch", "lane", "recent", "sent"]);
    assertEquals(edge.events.map((event) => event.kind), ["submissionRefused", "deliveryRefused"]);
    isRefused = false;
    const again = await told(await edge.handler(edge.request()));
    assertEquals([again.status, again.body.state, edge.runs().length], [202, "running", 1]);
  });
}

Deno.test("a store that fails is told, and costs nothing but another attempt", async () => {
  await using world = await setUpEdge();
  const store = memoryStore({ clock: world.clock });
  let isDown = true;
  const down = () => Promise.reject(new Error("down"));
  const broken: Store = {
    get: (key) => isDown ? down() : store.get(key),
    getMany: (keys) => isDown ? down() : store.getMany(keys),
    list: (...args) => isDown ? down() : store.list(...args),
    commit: (changes) => isDown ? down() : store.commit(changes),
  };
  const edge = edgeOf({ ...worldOf(world), store: broken });
  const response = await edge.handler(edge.request());
  assertEquals([response.status, response.headers.get("retry-after")], [503, "10"]);
  isDown = false;
  assertEquals((await edge.handler(edge.request())).status, 202);
});
