/** Proves that a poll leaves out the tasks of waits that are over, and that no store holds a wait up. */
import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { ComputeTimeoutError, memoryStore, waitForBatch } from "../../mod.ts";
import { asked, BATCH_STATUS, id, ids, PENDING, setUp, statusOf, success } from "../support/task_helpers.ts";

Deno.test("a poll does not go on with tasks that nobody waits for any more", async () => {
  const { client, fetch, clock } = setUp();
  const caller = new AbortController();
  const large = { status: "success", result: `11\n"${"x".repeat(10_000_000)}"` };
  const answer = statusOf({
    ...Object.fromEntries(ids(9).map((taskId) => [taskId, PENDING])),
    [id(1)]: large,
  });
  fetch.queue(BATCH_STATUS, answer, (sent) => {
    caller.abort(new Error("no longer needed"));
    return answer(sent);
  });
  await clock.runUntil(assertRejects(() => waitForBatch(client, ids(9), { signal: caller.signal })));
  await clock.advance(60_000);
  assertEquals(asked(fetch).map((some) => some.length), [3, 3]);
  assertEquals(clock.sleeping, 0);
});

Deno.test("a store that does not answer holds no wait up beyond its time or its signal", async () => {
  const store = { ...memoryStore(), getMany: () => new Promise<never>(() => {}) };
  const { client, fetch, clock } = setUp({ store });
  fetch.always(BATCH_STATUS, statusOf({ [id(1)]: success(1) }));
  const late = assertRejects(() => waitForBatch(client, [id(1)], { timeoutMs: 500 }), ComputeTimeoutError);
  assertEquals((await clock.runUntil(late)).taskIds, [id(1)]);
  const caller = new AbortController();
  const reason = new Error("no longer needed");
  const aborted = assertRejects(() => waitForBatch(client, [id(1)], { signal: caller.signal }));
  await clock.advance(10);
  caller.abort(reason);
  assertStrictEquals(await clock.runUntil(aborted), reason);
  assertEquals(clock.sleeping, 0);
});
