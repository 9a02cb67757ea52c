/** An operator decides about a batch in doubt, by JSON or by the form; a link or a foreign page cannot. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { readRecord } from "../../../edge/records/json_record.ts";
import type { BatchRecord } from "../../../edge/records/batch_record.ts";
import { batchKey } from "../../../edge/records/keys.ts";
import { GROUP_ID, id } from "../../support/task_helpers.ts";
import {
  AS_OPERATOR,
  BATCH_ID,
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
    doubt: {
      message: "Its answer was lost",
      sinceMs: world.clock.nowMs(),
      accepted: [{ index: 1, taskId: id(1) }],
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
  assertEquals(document.tasks.map(({ taskId }: { taskId: string }) => taskId), [id(2), id(1)]);
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
  assertEquals([action, values], [PATH, ["submitAgain", "adopt", "abandon"]]);
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
    doubt: { message: "?", sinceMs: 0, accepted: [], recoveredTaskIds: [id(2)] },
  });
  const page = await (await world.get(`/batches/${BATCH_ID}/view`, { headers: AS_OPERATOR })).text();
  assert(page.includes('value="submitAgain"') && !page.includes('value="adopt"'));
});
