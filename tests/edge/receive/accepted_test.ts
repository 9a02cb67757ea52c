/** The life of a delivery that is answered as soon as it is safe in the store. */
import { assert, assertEquals } from "@std/assert";
import type { EdgeEvent } from "../../../edge/event.ts";
import { DUE_PREFIX } from "../../../edge/records/keys.ts";
import { listAll } from "../../../src/store/writes.ts";
import { type Edge, type EdgeSetUp, setUpEdge, submissions, submitOn, told } from "../edge_helpers.ts";

const ACCEPTED: EdgeSetUp = { hook: { answer: "accepted" } };
const dueOf = ({ store }: Edge) => Array.fromAsync(listAll(store, DUE_PREFIX));
const kindsOf = (events: readonly EdgeEvent[]): string[] => events.map(({ kind }) => kind);

Deno.test("a delivery is accepted before its batch is submitted, and submitted then", async () => {
  const { promise: goesOn, resolve: goOn } = Promise.withResolvers<void>();
  await using edge = await setUpEdge({
    ...ACCEPTED,
    fetch: submissions(async (send) => {
      await goesOn;
      return await send();
    }),
  });
  const response = await edge.handler(edge.request());
  const { status, body } = await told(response);
  assertEquals([status, body.state, body.taskIds], [202, "submitting", undefined]);
  assertEquals(response.headers.get("location"), body.statusUrl);
  const batchId = String(body.batchId);
  assertEquals((await edge.record(batchId))?.state, "submitting");
  assert(edge.due.length > 0, "Nobody is told that there is work, should the process end");
  goOn();
  await edge.idle();
  assertEquals([(await edge.record(batchId))?.state, edge.runs().length], ["running", 1]);
  assertEquals((await told(await edge.handler(edge.request()))).body, body); // The first answer, word for word.
});

Deno.test("a delivery whose batch is refused for a passing reason is tried again, ever less often, for a day", async () => {
  let attempts = 0;
  await using edge = await setUpEdge({
    ...ACCEPTED,
    fetch: submissions(() => {
      attempts++;
      return Promise.resolve(new Response(null, { status: 401 }));
    }),
  });
  const { body } = await told(await edge.handler(edge.request()));
  await edge.idle();
  const batchId = String(body.batchId);
  const delays: number[] = [];
  let record = await edge.record(batchId);
  assert(record?.submission.problem !== undefined);
  while (record?.state === "submitting") {
    const { nextAtMs = NaN } = record.submission;
    const delayMs = nextAtMs - edge.clock.nowMs();
    assertEquals(edge.due.at(-1), nextAtMs);
    assertEquals(await dueOf(edge), [`${DUE_PREFIX}${nextAtMs}/${batchId}`]);
    delays.push(delayMs);
    await edge.clock.advance(delayMs);
    record = (await submitOn(edge, batchId)).record;
  }
  assertEquals(delays.slice(0, 4), [15_000, 30_000, 60_000, 120_000]);
  assertEquals(Math.max(...delays), 3_600_000);
  assertEquals([record?.state, record?.endedAtMs, attempts], [
    "refused",
    edge.clock.nowMs(),
    delays.length + 1,
  ]);
  const dayMs = 24 * 3_600_000;
  const lastedMs = edge.clock.nowMs() - (record?.createdAtMs ?? 0);
  assert(lastedMs > dayMs && lastedMs < dayMs + 3_600_000, `${lastedMs} ms`);
  assertEquals(await dueOf(edge), []);
  assertEquals(kindsOf(edge.events), [
    ...Array(delays.length).fill("submissionPostponed"),
    "submissionRefused",
  ]);
  // Its id is free again: the same delivery counts as new.
  const again = await told(await edge.handler(edge.request()));
  assertEquals([again.status, again.body.batchId === batchId], [202, false]);
  await edge.idle();
});

Deno.test("a delivery whose batch was refused for a passing reason runs once that has passed", async () => {
  let isRefused = true;
  await using edge = await setUpEdge({
    ...ACCEPTED,
    fetch: submissions((send) => isRefused ? Promise.resolve(new Response(null, { status: 401 })) : send()),
  });
  const { body } = await told(await edge.handler(edge.request()));
  await edge.idle();
  isRefused = false;
  const { record } = await submitOn(edge, String(body.batchId));
  assertEquals([record?.state, record?.submission.attempts, edge.runs().length], ["running", 2, 1]);
  assertEquals(record?.submission.problem, undefined);
});

Deno.test("a delivery whose batch is refused for good is refused, and waits for nothing", async () => {
  await using edge = await setUpEdge({
    ...ACCEPTED,
    fetch: submissions(() => Promise.resolve(new Response(null, { status: 403 }))),
  });
  const { status, body } = await told(await edge.handler(edge.request()));
  await edge.idle();
  const batchId = String(body.batchId);
  assertEquals([status, (await edge.record(batchId))?.state], [202, "refused"]);
  assertEquals(kindsOf(edge.events), ["submissionRefused"]);
  assertEquals(await dueOf(edge), []);
  assertEquals((await submitOn(edge, batchId)).record?.state, "refused");
});

Deno.test("a delivery in doubt is kept for an operator", async () => {
  await using edge = await setUpEdge(ACCEPTED);
  edge.local.setFaults({ failNext: ["truncatedJson"] });
  const { body } = await told(await edge.handler(edge.request()));
  await edge.idle();
  const batchId = String(body.batchId);
  assertEquals([(await edge.record(batchId))?.state, kindsOf(edge.events)], ["inDoubt", ["batchInDoubt"]]);
  assertEquals((await submitOn(edge, batchId)).record?.state, "inDoubt");
  assertEquals(await dueOf(edge), []);
  assertEquals(edge.runs().length, 1);
});
