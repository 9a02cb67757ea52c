/** An operator decides about a batch, by JSON or by a form of its page; a link or a foreign page cannot. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { put } from "../../../src/store/writes.ts";
import { readRecord } from "../../../edge/records/json_record.ts";
import type { BatchRecord } from "../../../edge/records/batch_record.ts";
import { batchKey, sentKey } from "../../../edge/records/keys.ts";
import { GROUP_ID, id, success } from "../../support/task_helpers.ts";
import {
  AS_OPERATOR,
  BATCH_ID,
  failure,
  OPERATOR_TOKEN,
  seedBatch,
  setUpWatch,
  type WatchWorld,
} from "./watch_helpers.ts";

const PATH = `/batches/${BATCH_ID}/decision`;
const JSON_TYPE = { "content-type": "application/json" };
const FORM_TYPE = { "content-type": "application/x-www-form-urlencoded" };
const IN_BROWSER = {
  authorization: `Basic ${btoa(`op:${OPERATOR_TOKEN}`)}`,
  accept: "text/html,application/xhtml+xml",
  "sec-fetch-site": "same-origin",
  origin: "null", // What a browser says of a page that tells no referrer.
};

async function setUpDoubt(): Promise<WatchWorld> {
  const world = await setUpWatch();
  await seedDoubt(world);
  return world;
}

async function seedDoubt(world: WatchWorld): Promise<void> {
  await seedBatch(world, [undefined, undefined], {
    state: "inDoubt",
    taskGroupId: GROUP_ID,
    takenCount: 1,
    doubt: {
      attemptId: "a",
      start: 1,
      count: 1,
      message: "Its answer was lost",
      sinceMs: world.clock.nowMs(),
      recoveredTaskIds: [id(2)],
    },
  });
}

async function stateOf({ store }: WatchWorld): Promise<string | undefined> {
  return (await readRecord<BatchRecord>(store, batchKey(BATCH_ID)))?.value.state;
}

Deno.test("an operator decides, by JSON", async () => {
  const world = await setUpDoubt();
  const body = JSON.stringify({ decision: "adopt" });
  const response = await world.get(PATH, { method: "POST", headers: { ...AS_OPERATOR, ...JSON_TYPE }, body });
  const document = await response.json();
  assertEquals([response.status, document.state], [200, "running"]);
  assertEquals(document.tasks.map(({ taskId }: { taskId: string }) => taskId), [id(1), id(2)]);
  assertEquals(await stateOf(world), "running");
  const again = await world.get(PATH, { method: "POST", headers: { ...AS_OPERATOR, ...JSON_TYPE }, body });
  const { type, detail } = await again.json();
  assertEquals([again.status, type], [409, "urn:edge-compute:problem:not-in-doubt"]);
  assertStringIncludes(detail, "running");
});

Deno.test("an operator decides, by the form of the page", async () => {
  const world = await setUpDoubt();
  const page = await (await world.get(`/batches/${BATCH_ID}/view`, { headers: IN_BROWSER })).text();
  const action = /<form\s+method="post"\s+action="\/compute([^"]+)"/.exec(page)?.[1] ?? "";
  const values = [...page.matchAll(/name="decision"\s+value="(\w+)"/g)].map(([, value]) => value);
  assertEquals([action, values], [PATH, ["submitAgain", "adopt", "abandon", "remove"]]);
  const response = await world.get(action, {
    method: "POST",
    headers: { ...IN_BROWSER, ...FORM_TYPE },
    body: "decision=abandon",
  });
  assertEquals([response.status, response.headers.get("location")], [
    303,
    `/compute/batches/${BATCH_ID}/view`,
  ]);
  assertEquals(await stateOf(world), "abandoned");
  const late = await world.get(action, {
    method: "POST",
    headers: { ...IN_BROWSER, ...FORM_TYPE },
    body: "decision=adopt",
  });
  assertEquals([late.status, late.headers.get("content-type")], [409, "text/html; charset=utf-8"]);
});

Deno.test("a foreign page decides nothing, whatever the browser sends along", async () => {
  const world = await setUpDoubt();
  const password = { authorization: IN_BROWSER.authorization };
  const foreign: Record<string, string>[] = [
    { "sec-fetch-site": "cross-site", origin: "https://evil.example" },
    { "sec-fetch-site": "same-site", origin: "https://other.example.org" },
    { "sec-fetch-site": "cross-site" },
    { origin: "https://evil.example" },
    { origin: "null" },
    { origin: "http://hooks.example.org" },
    { origin: "https://hooks.example.org.evil.example" },
  ];
  for (const headers of foreign) {
    for (const type of [FORM_TYPE, JSON_TYPE]) {
      const body = type === FORM_TYPE ? "decision=abandon" : '{"decision":"abandon"}';
      const response = await world.get(PATH, {
        method: "POST",
        headers: { ...password, ...headers, ...type },
        body,
      });
      const problem = await response.json();
      assertEquals([response.status, problem.type], [403, "urn:edge-compute:problem:foreign-origin"]);
    }
  }
  assertEquals(await stateOf(world), "inDoubt");
  const own = { ...password, ...FORM_TYPE, origin: "https://hooks.example.org" };
  assertEquals(
    (await world.get(PATH, { method: "POST", headers: own, body: "decision=abandon" })).status,
    303,
  );
});

Deno.test("a link lets nobody decide, and a stranger learns nothing", async () => {
  const world = await setUpDoubt();
  const body = '{"decision":"abandon"}';
  const byLink = await world.getByLink("/decision", { method: "POST", headers: JSON_TYPE, body });
  assertEquals([byLink.status, (await byLink.json()).type], [
    403,
    "urn:edge-compute:problem:operators-alone",
  ]);
  const stranger = await world.get(PATH, { method: "POST", headers: JSON_TYPE, body });
  const nowhere = await world.get("/batches/other/decision", { method: "POST", headers: JSON_TYPE, body });
  assertEquals([stranger.status, await stranger.text()], [401, await nowhere.text()]);
  const page = await (await world.getByLink("/view")).text();
  assert(!page.includes("<form"));
  assertStringIncludes(page, "An operator of this service");
  assertEquals(await stateOf(world), "inDoubt");
});

Deno.test("what is no decision is refused for what it is", async () => {
  const world = await setUpDoubt();
  const cases: [type: Record<string, string>, body: string, status: number][] = [
    [JSON_TYPE, "{", 400],
    [JSON_TYPE, "", 400],
    [JSON_TYPE, "null", 422],
    [JSON_TYPE, "[]", 422],
    [JSON_TYPE, '{"decision":"delete"}', 422],
    [JSON_TYPE, '{"decision":["adopt"]}', 422],
    [JSON_TYPE, '{"decision":"adopt","by":"me"}', 422],
    [FORM_TYPE, "decision=adopt&by=me", 422],
    [FORM_TYPE, "", 422],
    [FORM_TYPE, "decision=Adopt", 422],
    [{ "content-type": "text/plain" }, "decision=adopt", 415],
    [{ "content-type": "multipart/form-data; boundary=x" }, "decision=adopt", 415],
    [JSON_TYPE, JSON.stringify({ decision: "adopt", padding: "x".repeat(2_000) }), 413],
  ];
  for (const [type, body, status] of cases) {
    const response = await world.get(PATH, { method: "POST", headers: { ...AS_OPERATOR, ...type }, body });
    assertEquals(response.status, status, body);
    assertEquals((await response.json()).status, status);
  }
  const other = await world.get("/batches/other/decision", {
    method: "POST",
    headers: { ...AS_OPERATOR, ...JSON_TYPE },
    body: '{"decision":"adopt"}',
  });
  assertEquals(other.status, 404);
  assertEquals(await stateOf(world), "inDoubt");
});

Deno.test("what cannot be taken is not offered", async () => {
  const world = await setUpDoubt();
  await seedBatch(world, [undefined, undefined, undefined], {
    state: "inDoubt",
    taskGroupId: GROUP_ID,
    doubt: { attemptId: "a", start: 0, count: 3, message: "?", sinceMs: 0, recoveredTaskIds: [id(2)] },
  });
  const page = await (await world.get(`/batches/${BATCH_ID}/view`, { headers: AS_OPERATOR })).text();
  assert(page.includes('value="submitAgain"') && !page.includes('value="adopt"'));
});

Deno.test("a batch that the service has in part says so, and lets an operator decide about the rest", async () => {
  const world = await setUpWatch();
  const seed = (nextAtMs?: number) =>
    seedBatch(world, [success(1), undefined, undefined], {
      state: "partlySubmitted",
      takenCount: 2,
      submission: { attempts: 3, problem: "Too many tasks", ...(nextAtMs === undefined ? {} : { nextAtMs }) },
    });
  await seed(world.clock.nowMs() + 60_000);
  const { state, submission } = await (await world.getByLink("")).json();
  assertEquals([state, submission], ["partlySubmitted", {
    attempts: 3,
    nextAttemptAt: "2026-01-01T00:01:00.000Z",
    problem: "Too many tasks",
  }]);
  const trying = await (await world.getByLink("/view")).text();
  for (const words of ["Partly submitted", "The service has 2 of 3 tasks", "3 attempts: Too many tasks"]) {
    assertStringIncludes(trying, words);
  }
  assertStringIncludes(trying, '<time datetime="2026-01-01T00:01:00.000Z">');
  assert(!trying.includes("has to decide"), "it is tried again by itself");
  await seed();
  assertStringIncludes(await (await world.getByLink("/view")).text(), "has to decide");
  const page = await (await world.get(`/batches/${BATCH_ID}/view`, { headers: IN_BROWSER })).text();
  const values = [...page.matchAll(/name="decision"\s+value="(\w+)"/g)].map(([, value]) => value);
  assertEquals(values, ["submitAgain", "abandon", "remove"]);
  const post = (body: string) =>
    world.get(PATH, { method: "POST", headers: { ...IN_BROWSER, ...FORM_TYPE }, body });
  assertEquals((await post("decision=adopt")).status, 409);
  assertEquals((await post("decision=abandon")).status, 303);
  assertEquals(await stateOf(world), "abandoned");
});

Deno.test("an operator removes payload and results: the tasks stay, without results, and say when", async () => {
  const world = await setUpWatch();
  await seedBatch(world, [success({ co2: 421.4 }), failure(), undefined], {});
  await put(world.store, sentKey(BATCH_ID), "{}");
  const removedAt = "2026-01-01T00:00:00.000Z";
  const byLink = await world.getByLink("/view");
  assert(!(await byLink.text()).includes('value="remove"'), "a link removes nothing");
  const page = await (await world.get(`/batches/${BATCH_ID}/view`, { headers: IN_BROWSER })).text();
  const [, folded = ""] = page.split("<summary>Remove its payload and results</summary>");
  assertStringIncludes(folded.split("</details>")[0] ?? "", 'value="remove"');
  const response = await world.get(PATH, {
    method: "POST",
    headers: { ...IN_BROWSER, ...FORM_TYPE },
    body: "decision=remove",
  });
  assertEquals(response.status, 303);
  assertEquals(await world.store.get(sentKey(BATCH_ID)), undefined);
  for (const task of [1, 2]) assertEquals(await world.store.get(`result/${id(task)}`), undefined);

  let reads = 0;
  const { getMany } = world.store;
  world.store.getMany = (keys) => {
    reads += keys.filter((key) => key.startsWith("result/")).length;
    return getMany(keys);
  };
  const document = await (await world.getByLink("")).json();
  assertEquals([document.state, document.removedAt], ["abandoned", removedAt]);
  const { results, ...batch } = await (await world.getByLink("/results.json")).json();
  assertEquals(batch.removedAt, removedAt);
  const completedAt = "2026-01-01T00:01:00.000Z";
  assertEquals(results, [
    { index: 0, taskId: id(1), state: "success", completedAt },
    { index: 1, taskId: id(2), state: "failed", completedAt },
    { index: 2, taskId: id(3), state: "pending", status: "waiting-for-nodes" },
  ]);
  const gone = `Its result was removed at ${removedAt}`;
  assertEquals(
    await (await world.getByLink("/results.csv")).text(),
    `index,taskId,state,value,error\r\n0,${id(1)},success,,${gone}\r\n1,${id(2)},failed,,${gone}\r\n` +
      `2,${id(3)},pending,,\r\n`,
  );
  const after = await (await world.get(`/batches/${BATCH_ID}/view`, { headers: IN_BROWSER })).text();
  assertMatch(after, /Payload and results removed[\s\S]{0,80}datetime="2026-01-01T00:00:00.000Z"/);
  assertEquals([...after.matchAll(/>removed</g)].length, 2);
  assert(!after.includes('value="remove"') && !after.includes("421.4"));
  assertEquals(reads, 0, "nothing is looked for");
});
