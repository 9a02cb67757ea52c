/** The document of a batch tells how far it is, page by page, and nothing of the sender's credentials. */
import { assert, assertEquals } from "@std/assert";
import { ENDPOINT_ID, GROUP_ID, id, success } from "../../support/task_helpers.ts";
import {
  AS_OPERATOR,
  BASE_URL,
  BATCH_ID,
  failure,
  seedBatch,
  setUpWatch,
  UNREADABLE,
} from "./watch_helpers.ts";

const CREATED_AT = "2026-01-01T00:00:00.000Z";
const COMPLETED_AT = "2026-01-01T00:01:00.000Z";
const LINK = `${BASE_URL}/batches/${BATCH_ID}`;

Deno.test("GET /batches/{id} tells how far a batch is", async () => {
  const world = await setUpWatch();
  await seedBatch(world, [success(1), failure(), UNREADABLE, undefined]);
  const response = await world.get(`/batches/${BATCH_ID}`, { headers: AS_OPERATOR });
  assertEquals(
    [response.status, response.headers.get("content-type"), response.headers.get("retry-after")],
    [200, "application/json", "5"],
  );
  assertEquals(await response.json(), {
    batchId: BATCH_ID,
    hook: "simulate",
    deliveryId: "72d3162e-cc78-11e3-81ab-4c9367dc0958",
    state: "running",
    createdAt: CREATED_AT,
    updatedAt: CREATED_AT,
    endpointId: ENDPOINT_ID,
    taskGroupId: GROUP_ID,
    taskCount: 4,
    counts: { pending: 1, success: 1, failed: 1, lost: 1 },
    tasks: [
      { index: 0, taskId: id(1), state: "success", completedAt: COMPLETED_AT },
      { index: 1, taskId: id(2), state: "failed", completedAt: COMPLETED_AT },
      { index: 2, taskId: id(3), state: "undecodable", completedAt: COMPLETED_AT },
      { index: 3, taskId: id(4), state: "pending", status: "waiting-for-nodes" },
    ],
    links: {
      self: `${LINK}?start=0&count=100`,
      view: `${LINK}/view`,
      events: `${LINK}/events`,
      resultsJson: `${LINK}/results.json`,
      resultsCsv: `${LINK}/results.csv`,
    },
  });
});

Deno.test("GET /batches/{id} keeps the capability in its links", async () => {
  const world = await setUpWatch();
  await seedBatch(world, [success(1), success(2), success(3)]);
  const { links } = await (await world.getByLink("?start=1&count=1")).json();
  for (const link of Object.values<string>(links)) {
    const response = await world.get(link.slice(BASE_URL.length));
    assertEquals(response.status, 200, link);
    await response.body?.cancel();
  }
  assertEquals(new URL(links.next).searchParams.get("start"), "2");
  assertEquals(new URL(links.previous).searchParams.get("start"), "0");
});

Deno.test("GET /batches/{id} pages its tasks, and refuses what is no page", async () => {
  const world = await setUpWatch();
  await seedBatch(world, Array.from({ length: 250 }, (_, index) => success(index)));
  const read = async (query: string) => await (await world.getByLink(query)).json();
  assertEquals((await read("")).tasks.length, 100);
  const indexes: number[] = [];
  for (let start = 0; start < 250; start += 100) {
    const { tasks } = await read(`?start=${start}&count=100`);
    indexes.push(...tasks.map(({ index }: { index: number }) => index));
  }
  assertEquals(indexes, Array.from({ length: 250 }, (_, index) => index));
  assertEquals((await read("?start=250")).tasks, []);
  assertEquals((await read("?count=1000")).tasks.length, 250);
  for (
    const query of [
      "start=-1",
      "start=1.5",
      "start=",
      "start=x",
      "start=9999999999",
      "count=0",
      "count=1001",
      "count=1e2",
    ]
  ) {
    const response = await world.getByLink(`?${query}`);
    const { type } = await response.json();
    assertEquals([response.status, type], [400, "urn:edge-compute:problem:bad-query"], query);
  }
});

Deno.test("GET /batches/{id} answers 304 to who has it already", async () => {
  const world = await setUpWatch();
  await seedBatch(world, [undefined]);
  const first = await world.getByLink("");
  const etag = first.headers.get("etag") ?? "";
  assert(/^"[0-9a-f]+"$/.test(etag), etag);
  for (const known of [etag, `W/${etag}`, `"other", ${etag}`, "*"]) {
    const again = await world.getByLink("", { headers: { "if-none-match": known } });
    assertEquals([again.status, again.headers.get("etag"), await again.text()], [304, etag, ""]);
    assertEquals([again.headers.get("retry-after"), again.headers.get("cache-control")], ["5", "no-store"]);
  }
  await seedBatch(world, [success(1)]);
  const changed = await world.getByLink("", { headers: { "if-none-match": etag } });
  assertEquals([changed.status, changed.headers.get("retry-after")], [200, null]);
  assertEquals((await world.getByLink("", { method: "HEAD" })).status, 200);
});

Deno.test("GET /batches/{id} shows what is in doubt, and what is not submitted yet", async () => {
  const world = await setUpWatch();
  const sinceMs = world.clock.nowMs();
  await seedBatch(world, [undefined, undefined, undefined], {
    state: "inDoubt",
    firstTaskId: 7,
    takenCount: 1,
    doubt: {
      attemptId: "a",
      start: 1,
      count: 2,
      message: "The answer was lost",
      sinceMs,
      recoveredTaskIds: [id(9)],
    },
    commit: { repository: "octo/model", sha: "a".repeat(40) },
  });
  const doubtful = await world.getByLink("");
  assertEquals(doubtful.headers.get("retry-after"), "300");
  const { doubt, tasks, commit } = await doubtful.json();
  assertEquals(doubt, {
    message: "The answer was lost",
    since: CREATED_AT,
    accepted: [{ index: 0, taskId: id(7) }],
    recoveredTaskIds: [id(9)],
  });
  assertEquals(tasks, [
    { index: 0, taskId: id(7), state: "pending", status: "waiting-for-nodes" },
    { index: 1, state: "pending" },
    { index: 2, state: "pending" },
  ]);
  assertEquals(commit, { repository: "octo/model", sha: "a".repeat(40) });

  const submission = { attempts: 2, nextAtMs: sinceMs + 60_000, problem: "503" };
  await seedBatch(world, [undefined], { state: "submitting", submission });
  assertEquals((await (await world.getByLink("")).json()).submission, {
    attempts: 2,
    nextAttemptAt: "2026-01-01T00:01:00.000Z",
    problem: "503",
  });
  await seedBatch(world, [undefined], { state: "refused", submission: { attempts: 2, problem: "503" } });
  assertEquals((await (await world.getByLink("")).json()).submission, { attempts: 2, problem: "503" });
});

Deno.test("GET /batches/{id} does not tell what the sender proved of itself", async () => {
  const world = await setUpWatch();
  await seedBatch(world, [success(1)]);
  for (const route of ["", "/view", "/results.json", "/results.csv", "/events"]) {
    const text = await (await world.getByLink(route)).text();
    assert(!text.includes("a.researcher"), route);
  }
});
