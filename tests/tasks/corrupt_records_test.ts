/**
 * What a client makes of records in its store that are damaged, cut short, of another kind or of another task: an error
 * that names the record and the way out, for that task alone.
 */
import { listAll, put } from "../../src/store/writes.ts";
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import {
  batchRun,
  ComputeDecodeError,
  getBatchResult,
  getResult,
  getTask,
  memoryStore,
  registerSource,
  runTask,
  waitForBatch,
} from "../../mod.ts";
import {
  asked,
  BATCH_STATUS,
  ENDPOINT_ID,
  id,
  setUp,
  statusOf,
  SUBMIT,
  success,
} from "../support/task_helpers.ts";

const whole = JSON.stringify({ taskId: id(1), status: "success", result: "11\n1" });
const apart = `${JSON.stringify({ taskId: id(1), status: "success", result: 4 })}\n11\n1`;
const CORRUPT: [what: string, text: string][] = [
  ["no JSON", "{"],
  ["cut short", whole.slice(0, -5)],
  ["cut short within the raw result", apart.slice(0, -1)],
  ["cut short before the raw result", apart.slice(0, apart.indexOf("\n"))],
  ["longer than it was", `${apart}1`],
  ["with a raw text that is neither a result nor a failure", apart.replace("result", "reason")],
  ["null", "null"],
  ["a number", "5"],
  ["a list", "[]"],
  ["of another task", JSON.stringify({ taskId: id(2), status: "success", result: "11\n2" })],
  ["of no task", JSON.stringify({ status: "success", result: "11\n2" })],
  ["without a status", JSON.stringify({ taskId: id(1), result: "11\n1" })],
  ["not final", JSON.stringify({ taskId: id(1), status: "running", result: "11\n1" })],
  ["without a result", JSON.stringify({ taskId: id(1), status: "success" })],
  ["with a result that is no text", JSON.stringify({ taskId: id(1), status: "success", result: 1 })],
  ["with a time that is none", whole.replace("}", ',"completedAt":"soon"}')],
];

for (const [what, text] of CORRUPT) {
  Deno.test(`a result in the store that is ${what} is a ComputeDecodeError, and keeps no other one up`, async () => {
    const store = memoryStore();
    await put(store, `result/${id(1)}`, text);
    const { client, fetch, clock } = setUp({ store });
    fetch.always(BATCH_STATUS, statusOf({ [id(2)]: success(2) }));
    const error = await assertRejects(
      () => getResult(client, id(1)),
      ComputeDecodeError,
      `'result/${id(1)}'`,
    );
    assertStringIncludes(
      error.message,
      `remove it, and the service is asked again (store.commit([{ key: "result/${id(1)}", value: null }]))`,
    );
    assertEquals(error.raw, text);
    assertEquals((await getTask(client, id(1))).state, "undecodable");
    for (const read of [getBatchResult, waitForBatch]) {
      const outcomes = await clock.runUntil(read(client, [id(1), id(2)]));
      assertEquals(outcomes.map(({ state }) => state), ["undecodable", "success"]);
    }
    assertEquals(asked(fetch), [[id(2)]]);
    assertEquals(await store.get(`result/${id(1)}`), text); // It may be all that there is of it.
  });
}

const call = {
  fingerprint: "f",
  endpointId: ENDPOINT_ID,
  taskGroupId: id(9),
  taskIds: [id(1)],
  requestIds: [],
  sending: 0,
};
const CORRUPT_CALLS: [what: string, text: string][] = [
  ["no JSON", "{"],
  ["null", "null"],
  ["a list", "[]"],
  ["without an endpoint", JSON.stringify({ ...call, endpointId: undefined })],
  ["with ids that are none", JSON.stringify({ ...call, taskIds: [1] })],
  ["of another version, without what is on its way", JSON.stringify({ ...call, sending: undefined })],
];

for (const [what, text] of CORRUPT_CALLS) {
  Deno.test(`a keyed submission in the store that is ${what} is a ComputeDecodeError, and nothing is sent`, async () => {
    const store = memoryStore();
    await put(store, "call/nightly", text);
    const { client, fetch } = setUp({ store });
    const tasks = [{ functionId: id(8) }];
    const error = await assertRejects(
      () => batchRun(client, { endpointId: ENDPOINT_ID, tasks }, { key: "nightly" }),
      ComputeDecodeError,
      "Cannot read 'call/nightly' of the store",
    );
    assertStringIncludes(
      error.message,
      "use another key, or remove it once it is known that nothing was " +
        '(store.commit([{ key: "call/nightly", value: null }]))',
    );
    assertEquals([error.raw, fetch.sent.length], [text, 0]);
  });
}

Deno.test("a registered function in the store that is no id is registered anew", async () => {
  const store = memoryStore();
  const { client, fetch } = setUp({ store });
  const source = "def f():\n    pass\n";
  fetch.queue("POST /v3/functions", Response.json({ function_uuid: id(8) }));
  await registerSource(client, { source });
  let key = "";
  for await (const name of listAll(store, "function/")) key = name;
  assertEquals(await store.get(key), id(8));
  await put(store, key, '{"id":');
  fetch.queue("POST /v3/functions", Response.json({ function_uuid: id(7) }));
  assertEquals(await registerSource(client, { source }), id(7));
  assertEquals(await store.get(key), id(7));
});

Deno.test("what is damaged of a function that the service has forgotten takes nothing else out of the store", async () => {
  const store = memoryStore();
  await put(store, `function-key/${id(8)}`, `result/${id(1)}`);
  await put(store, `result/${id(1)}`, whole);
  const { client, fetch } = setUp({ store });
  const refusal = { code: "FUNCTION_NOT_FOUND", detail: "unknown", http_status_code: 404, status: "Failed" };
  fetch.queue(SUBMIT, Response.json(refusal, { status: 404 }));
  await assertRejects(() => runTask(client, { endpointId: ENDPOINT_ID, functionId: id(8) }));
  assertEquals(await store.get(`result/${id(1)}`), whole);
});
