/** A batch that may have been taken is never said to be refused, and what becomes known late of it is kept. */
import { assertEquals } from "@std/assert";
import { LANE } from "../../../edge/lane.ts";
import { decide } from "../../../edge/submit/decide.ts";
import { edgeOf, goingOn, setUpEdge, submissions, told, worldOf } from "../edge_helpers.ts";

Deno.test("what may have been taken is not said to be refused", async () => {
  let n = 0;
  await using edge = await setUpEdge({
    hook: { onDoubt: "submitAgain" },
    fetch: submissions(async (send) => {
      if (++n === 1) {
        await send();
        throw new TypeError("reset");
      }
      if (n === 2) return new Response(null, { status: 422 });
      return await send();
    }),
  });
  const first = await told(await edge.handler(edge.request()));
  const again = await told(await edge.handler(edge.request()));
  assertEquals([first.status, again.status, edge.runs().length], [202, 202, 1]);
});

Deno.test("what may have been taken is not said to be refused after a decision", async () => {
  let n = 0;
  await using edge = await setUpEdge({
    fetch: submissions(async (send) => {
      if (++n === 1) {
        await send();
        throw new TypeError("reset");
      }
      if (n === 2) return new Response(null, { status: 422 });
      return await send();
    }),
  });
  const first = await told(await edge.handler(edge.request()));
  const id = String(first.body.batchId);
  await decide(edge.context, id, "submitAgain");
  assertEquals((await edge.record(id))?.state, "inDoubt");
  const again = await told(await edge.handler(edge.request()));
  assertEquals([again.body.batchId, edge.runs().length], [id, 1]);
});

Deno.test("a decision stands where it becomes known late that nobody knows", async () => {
  await using edge = await setUpEdge();
  let fail: (error: unknown) => void = () => {};
  const answer = new Promise<Response>((_, reject) => fail = reject);
  const first = edgeOf({ ...worldOf(edge), store: edge.store, fetch: submissions(() => answer) });
  const { body } = await told(await goingOn(edge, first.handler(first.request())));
  const id = String(body.batchId);
  // Another process takes the lane, notes the doubt, and somebody decides while the service refuses for a while.
  await edge.store.commit([{ key: `${LANE}/holder`, value: null }, { key: `${LANE}/beat`, value: null }]);
  const second = edgeOf({
    ...worldOf(edge),
    store: edge.store,
    fetch: submissions(() => Promise.resolve(new Response(null, { status: 401 }))),
  });
  await goingOn(edge, second.handler.collect());
  assertEquals((await edge.record(id))?.state, "inDoubt");
  await edge.store.commit([{ key: `${LANE}/holder`, value: "third" }]);
  await goingOn(edge, decide(second.context, id, "submitAgain"));
  assertEquals((await edge.record(id))?.state, "submitting");
  fail(new TypeError("reset"));
  await goingOn(edge, first.idle());
  assertEquals((await edge.record(id))?.state, "submitting");
});

Deno.test("what a late answer says is kept though another attempt was put off meanwhile", async () => {
  await using edge = await setUpEdge();
  let go = () => {};
  const answer = new Promise<void>((resolve) => go = resolve);
  const hook = { onDoubt: "submitAgain" } as const;
  const first = edgeOf({
    ...worldOf(edge),
    hook,
    store: edge.store,
    fetch: submissions(async (send) => {
      const response = await send();
      await answer;
      return response;
    }),
  });
  const { body } = await told(await goingOn(edge, first.handler(first.request())));
  const id = String(body.batchId);
  await edge.store.commit([{ key: `${LANE}/holder`, value: null }, { key: `${LANE}/beat`, value: null }]);
  const second = edgeOf({
    ...worldOf(edge),
    hook,
    store: edge.store,
    fetch: submissions(() => Promise.resolve(new Response(null, { status: 401 }))),
  });
  await goingOn(edge, second.handler.collect());
  await goingOn(edge, second.idle());
  const before = await edge.record(id);
  assertEquals([before?.state, before?.sending], ["submitting", undefined]);
  go();
  await goingOn(edge, first.idle());
  assertEquals((await edge.record(id))?.state, "running");
});
