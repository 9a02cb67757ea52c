/** The outcomes of a batch are read from the store alone, and what is missing is named. */
import { remove } from "../../../src/store/writes.ts";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { memoryStore, type TaskOutcome } from "../../../mod.ts";
import { tasksKey } from "../../../edge/records/keys.ts";
import { readOutcomes } from "../../../edge/results/read_outcomes.ts";
import { setUpWorld } from "../collect/collect_helpers.ts";

function brief(outcome: TaskOutcome): unknown[] {
  return [outcome.state, outcome.state === "success" ? outcome.result : undefined];
}

Deno.test("readOutcomes() reads a part of a batch from the store, and sends nothing", async () => {
  await using world = await setUpWorld({ faults: { readOnce: true } });
  const store = memoryStore({ clock: world.clock });
  const process = world.process({ store, isDelivering: false });
  const batchId = await process.start([{ give: 0 }, { raise: "no such sample" }, { give: 2 }, { bytes: 3 }]);
  const { context } = process.edge;
  const all = { start: 0, count: 10 };
  assertEquals((await readOutcomes(context, { id: batchId }, all)).map(({ state }) => state), [
    "pending",
    "pending",
    "pending",
    "pending",
  ]);
  await process.run();
  const sent = process.sent();
  const outcomes = await readOutcomes(context, await process.record(batchId), all);
  assertEquals(outcomes.map(brief), [
    ["success", 0],
    ["failed", undefined],
    ["success", 2],
    ["success", new Uint8Array(3)],
  ]);
  const part = await readOutcomes(context, { id: batchId }, { start: 1, count: 2 });
  assertEquals(part.map(({ taskId }) => taskId), outcomes.slice(1, 3).map(({ taskId }) => taskId));
  assert(part[0]?.state === "failed" && part[0].error.pythonMessage === "no such sample");
  assertEquals(await readOutcomes(context, { id: batchId }, { start: 4, count: 2 }), []);
  assertEquals(process.sent(), sent);
});

Deno.test("readOutcomes() says of a result that the store has no more that it is not there", async () => {
  await using world = await setUpWorld();
  const store = memoryStore({ clock: world.clock });
  const process = world.process({ store, isDelivering: false });
  const batchId = await process.start([{ give: 0 }, { give: 1 }]);
  await process.run();
  const [{ taskId }] = JSON.parse(await store.get(tasksKey(batchId)) ?? "[]");
  await remove(store, `result/${taskId}`);
  const sent = process.sent();
  const outcomes = await readOutcomes(process.edge.context, { id: batchId }, { start: 0, count: 2 });
  assertEquals(outcomes.map(brief), [["notFound", undefined], ["success", 1]]);
  assertEquals(process.sent(), sent);
});

Deno.test("readOutcomes() finds none of a batch whose tasks nobody knows, and rejects where the store fails", async () => {
  await using world = await setUpWorld();
  const store = memoryStore({ clock: world.clock });
  const { context } = world.process({ store }).edge;
  assertEquals(await readOutcomes(context, { id: "none" }, { start: 0, count: 5 }), []);
  const failing = { ...store, get: () => Promise.reject(new Error("the store is gone")) };
  const { context: broken } = world.process({ store: failing }).edge;
  await assertRejects(() => readOutcomes(broken, { id: "none" }, { start: 0, count: 5 }), Error, "gone");
});
