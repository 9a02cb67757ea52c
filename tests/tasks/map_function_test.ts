/** Proves that `mapFunction()` gives results in the order of the items, or the first failure. */
import { assertEquals, assertRejects } from "@std/assert";
import { ComputeTaskError, ComputeTimeoutError, mapFunction, prepareBatch, waitForBatch } from "../../mod.ts";
import {
  asked,
  ENDPOINT_ID,
  type Entry,
  FAILED,
  id,
  ids,
  PENDING,
  receipt,
  setUp,
  setUpTasks,
  SUBMIT,
  success,
} from "../support/task_helpers.ts";

const MAP = { endpointId: ENDPOINT_ID, functionId: id(7) };

/** A service that takes so many tasks. */
function setUpMap(entries: Record<string, Entry>) {
  const world = setUpTasks(entries);
  world.fetch.queue(SUBMIT, receipt({ [id(7)]: Object.keys(entries) }));
  return world;
}

Deno.test("mapFunction() gives results in the order of the items, not of completion", async () => {
  const entries: Record<string, Entry> = { [id(1)]: PENDING, [id(2)]: success("b"), [id(3)]: success("c") };
  const { client, clock, fetch } = setUpMap(entries);
  const results = mapFunction(client, { ...MAP, items: ["x", "y", "z"] });
  await clock.advance(1000);
  entries[id(1)] = success("a");
  assertEquals(await clock.runUntil(results), ["a", "b", "c"]);
  assertEquals([fetch.bodies(SUBMIT).length, clock.sleeping], [1, 0]);
});

Deno.test("mapFunction() calls with each item, and with the same keyword arguments", async () => {
  const { client, clock, fetch } = setUpMap({ [id(1)]: success(1), [id(2)]: success(2) });
  const kwargs = { steps: 1000 };
  await clock.runUntil(mapFunction(client, { ...MAP, items: [[1, 2], null], kwargs }));
  const tasks = [[1, 2], null].map((item) => ({ functionId: id(7), args: [item], kwargs }));
  assertEquals(fetch.bodies(SUBMIT), [await prepareBatch({ endpointId: ENDPOINT_ID, tasks })]);
});

Deno.test("mapFunction() sends nothing for no items", async () => {
  const { client, fetch } = setUp();
  assertEquals(await mapFunction(client, { ...MAP, items: [] }), []);
  assertEquals(fetch.sent.length, 0);
});

Deno.test("mapFunction() throws the first failure at once, and the others can be read", async () => {
  const entries = { [id(1)]: PENDING, [id(2)]: FAILED, [id(3)]: success("c") };
  const { client, clock } = setUpMap(entries);
  let taskIds: readonly string[] = [];
  const onSubmitted = (given: { taskIds: readonly string[] }) => void (taskIds = given.taskIds);
  const results = mapFunction(client, { ...MAP, items: [1, 2, 3] }, { onSubmitted });
  const error = await clock.runUntil(assertRejects(() => results, ComputeTaskError, "ValueError: no"));
  assertEquals([error.taskId, taskIds, clock.sleeping], [id(2), ids(3), 0]);
  entries[id(1)] = success("a");
  const outcomes = await clock.runUntil(waitForBatch(client, taskIds));
  assertEquals(outcomes.map((outcome) => outcome.state === "success" && outcome.result), ["a", false, "c"]);
});

Deno.test("mapFunction() tells which tasks have no outcome when its time is over", async () => {
  const { client, clock, fetch } = setUpMap({ [id(1)]: PENDING, [id(2)]: success(2), [id(3)]: PENDING });
  const results = mapFunction(client, { ...MAP, items: [1, 2, 3] }, { timeoutMs: 5000 });
  const error = await clock.runUntil(assertRejects(() => results, ComputeTimeoutError));
  assertEquals(error.taskIds, [id(1), id(3)]);
  assertEquals([asked(fetch)[0], clock.sleeping], [ids(3), 0]);
});

for (
  const [name, items] of [
    ["undefined", undefined],
    ["an object", { 0: 1, length: 1 }],
    ["a string", "abc"],
    ["a value that cannot be sent", [1, () => 1]],
  ] as const
) {
  Deno.test(`mapFunction() refuses ${name} for items, and sends nothing`, async () => {
    const { client, fetch } = setUp();
    await assertRejects(
      () => mapFunction(client, { ...MAP, items: items as unknown as unknown[] }),
      TypeError,
    );
    assertEquals(fetch.sent.length, 0);
  });
}
