/** A delivery that was taken is submitted, or its end is told, however long nobody can submit it. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { decide } from "../../../edge/submit/decide.ts";
import type { Authorizer } from "../../../mod.ts";
import { type Edge, edgeOf, goingOn, setUpEdge, submissions, told, worldOf } from "../edge_helpers.ts";
import { bySubject } from "../collect/collect_helpers.ts";

/** What a call comes to for which the clock has to go on by much. */
async function quickly<T>({ clock }: Pick<Edge, "clock">, call: Promise<T>): Promise<T> {
  let isOver = false;
  void call.then(() => {}, () => {}).finally(() => isOver = true);
  while (!isOver) {
    await new Promise<void>((resolve) => setTimeout(resolve, 2));
    if (!isOver) await clock.advance(2_000);
  }
  return await call;
}

Deno.test("a delivery that nobody could submit for two days is not given up with the first failure", async () => {
  let isDown = true;
  await using edge = await setUpEdge({
    hook: { answer: "accepted" },
    fetch: submissions((send) => isDown ? Promise.resolve(new Response(null, { status: 429 })) : send()),
  });
  // Taken by a process that ends right then.
  const store = edge.store;
  let commits = 0;
  const other = edgeOf({
    ...worldOf(edge),
    hook: { answer: "accepted" },
    store: {
      ...store,
      async commit(changes) {
        if (++commits > 1) throw new Error("gone");
        return await store.commit(changes);
      },
    },
  });
  const { body } = await told(await other.handler(other.request()));
  const id = String(body.batchId);
  await edge.clock.advance(2 * 24 * 3_600_000);
  await goingOn(edge, edge.handler.collect());
  isDown = false;
  await edge.clock.advance(3_600_000);
  await goingOn(edge, edge.handler.collect());
  assertEquals((await edge.record(id))?.state, "running");
});

Deno.test("whoever repeats a delivery that nobody submits has it looked at", async () => {
  await using edge = await setUpEdge({ hook: { answer: "accepted" } });
  const { store } = edge;
  let isFirst = true;
  const other = edgeOf({
    ...worldOf(edge),
    hook: { answer: "accepted" },
    store: {
      ...store,
      async commit(changes) {
        const isMade = await store.commit(changes);
        if (isFirst) {
          isFirst = false;
          throw new Error("the answer is lost");
        }
        return isMade;
      },
    },
  });
  const first = await told(await other.handler(other.request()));
  assertEquals(first.status, 503);
  const again = await told(await other.handler(other.request()));
  assertEquals(again.status, 202);
  await other.idle();
  const record = await edge.record(String(again.body.batchId));
  assert(other.due.length > 0 || record?.state === "running");
});

Deno.test("whoever was promised that a batch is submitted hears that it was refused", async () => {
  await using edge = await setUpEdge();
  const { store } = edge;
  let isRefused: (value: Response) => void = () => {};
  const answer = new Promise<Response>((resolve) => isRefused = resolve);
  let isFull = false;
  const process = edgeOf({
    ...worldOf(edge),
    hook: { deliver: { url: "https://receiver.example/", secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" } },
    fetch: submissions(() => answer),
    store: {
      ...store,
      async commit(changes) {
        if (isFull) throw new Error("no space left");
        return await store.commit(changes);
      },
    },
  });
  const sending = process.handler(process.request());
  await new Promise((r) => setTimeout(r, 50));
  isFull = true;
  const response = await goingOn(edge, sending);
  isFull = false;
  const { status, body } = await told(response);
  assertEquals([status, body.state], [202, "submitting"]);
  await edge.clock.advance(2_000);
  isRefused(new Response(null, { status: 422 }));
  await goingOn(edge, process.idle());
  const record = await edge.record(String(body.batchId));
  assertEquals([record?.state, record?.told], ["refused", "submitting"]);
  const keys = await store.list("edge/outbox/");
  assertEquals(keys.length, 1);
});

Deno.test("a delivery that is put off for longer than things are kept does not vanish", async () => {
  await using edge = await setUpEdge();
  const process = edgeOf({
    ...worldOf(edge),
    store: edge.store,
    options: { retentionMs: 600_000 },
    fetch: submissions(() =>
      Promise.resolve(new Response(null, { status: 429, headers: { "retry-after": "3600" } }))
    ),
  });
  const { status } = await told(await quickly(edge, process.handler(process.request())));
  assertEquals(status, 202);
  await quickly(edge, process.idle());
  for (let n = 0; n < 3; n++) {
    const { nextAtMs } = await quickly(edge, process.handler.collect());
    if (nextAtMs === undefined) break;
    await edge.clock.advance(Math.max(0, nextAtMs - edge.clock.nowMs()));
  }
  assertEquals(process.events.at(-1)?.kind, "submissionRefused");
});

Deno.test("accounts whose authorizers do not answer are waited for together", async () => {
  await using edge = await setUpEdge();
  const authorizer = edge.options.authorizer as Authorizer;
  let isHanging = false;
  const process = edgeOf({
    ...worldOf(edge),
    store: edge.store,
    hook: {
      verify: bySubject,
      authorizerFor: () => isHanging ? new Promise(() => {}) : Promise.resolve(authorizer),
    },
  });
  for (let n = 0; n < 12; n++) await process.handler(process.request({ n }, `msg_${n}`));
  await process.idle();
  isHanging = true;
  await edge.clock.advance(10_000);
  const beganMs = edge.clock.monotonicMs();
  await quickly(edge, process.handler.collect());
  assert(edge.clock.monotonicMs() - beganMs <= 60_000);
});

Deno.test("a host whose alarm hangs does not have the sender wait for that and the submission, one after the other", async () => {
  await using edge = await setUpEdge();
  const process = edgeOf({
    ...worldOf(edge),
    store: edge.store,
    options: { onDue: () => new Promise(() => {}) },
    fetch: submissions(() => new Promise(() => {})),
  });
  const beganMs = edge.clock.monotonicMs();
  const { status } = await told(await goingOn(edge, process.handler(process.request())));
  assertEquals(status, 202);
  assert(edge.clock.monotonicMs() - beganMs <= 11_000);
});

Deno.test("a decision whose commit was made, though the store says otherwise, is looked after when it is made again", async () => {
  await using edge = await setUpEdge();
  edge.local.setFaults({ failNext: ["resetAfterTaken"] });
  const batchId = String((await told(await edge.handler(edge.request()))).body.batchId);
  let isLost = true;
  const process = edgeOf({
    ...worldOf(edge),
    store: {
      ...edge.store,
      async commit(changes) {
        const isMade = await edge.store.commit(changes);
        if (!isLost) return isMade;
        isLost = false;
        throw new Error("the answer is lost");
      },
    },
  });
  await assertRejects(() => decide(process.context, batchId, "submitAgain"));
  assertEquals((await decide(process.context, batchId, "submitAgain")).state, "refused");
  assertEquals(process.due, [edge.clock.nowMs()]);
});
