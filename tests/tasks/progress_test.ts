/** Proves what `onProgress` reports, how often it asks for the endpoint, and that it harms no wait. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { asCompleted, type Client, waitForBatch } from "../../mod.ts";
import { json } from "../support/observed_fetch.ts";
import {
  BATCH_STATUS,
  ENDPOINT_ID,
  ENDPOINT_STATUS,
  entriesOf,
  GROUP_ID,
  id,
  ids,
  setUpTasks,
  statusOf,
  success,
} from "../support/task_helpers.ts";

type Progress = Parameters<NonNullable<NonNullable<Parameters<typeof waitForBatch>[2]>["onProgress"]>>[0];

const RECEIPT = { endpointId: ENDPOINT_ID, taskGroupId: GROUP_ID, requestIds: [] };

function setUpProgress(count: number) {
  const world = setUpTasks(entriesOf(count));
  const times: number[] = [];
  world.fetch.always(ENDPOINT_STATUS, () => {
    times.push(world.clock.nowMs());
    return json({ status: "online" });
  });
  const reports: Progress[] = [];
  const wait = (client: Client, taskIds = ids(count)) =>
    waitForBatch(client, taskIds, { onProgress: (report) => void reports.push(report) });
  return { ...world, times, reports, wait };
}

Deno.test("onProgress counts tasks by the service's words", async () => {
  const { client, clock, entries, reports, wait } = setUpProgress(3);
  const over = wait(client);
  await clock.advance(100);
  entries[id(1)] = { status: "Running" };
  await clock.advance(160);
  assertEquals(reports.map(({ total, completed, counts }) => ({ total, completed, counts })), [
    { total: 3, completed: 0, counts: { submitted: 3 } },
    { total: 3, completed: 0, counts: { "waiting-for-nodes": 3 } },
    { total: 3, completed: 0, counts: { running: 1, "waiting-for-nodes": 2 } },
  ]);
  entries[id(1)] = success(1);
  entries[id(2)] = { status: "failed", exception: "no" };
  await clock.advance(256);
  const { completed, counts } = reports.at(-1) as Progress;
  assertEquals([completed, counts], [2, { success: 1, failed: 1, "waiting-for-nodes": 1 }]);
  entries[id(3)] = success(3);
  await clock.runUntil(over);
});

Deno.test("the last report of a wait has all tasks done, and comes before the wait is over", async () => {
  const { client, clock, entries, reports, wait } = setUpProgress(2);
  entries[id(1)] = entries[id(2)] = success(1);
  let reportedBefore: Progress | undefined;
  await clock.runUntil(wait(client).then(() => reportedBefore = reports.at(-1)));
  assertEquals([reportedBefore?.completed, reportedBefore?.counts], [2, { success: 2 }]);
  assertEquals([reports.length, clock.sleeping], [2, 0]);
  await clock.runUntil(wait(client)); // From the store.
  assertEquals(reports.slice(2).map(({ completed }) => completed), [2]);
});

Deno.test("unchangedMs tells how long nothing has happened", async () => {
  const { client, clock, entries, reports, wait } = setUpProgress(1);
  const over = wait(client);
  await clock.advance(600);
  assertEquals(reports.map(({ unchangedMs }) => Math.round(unchangedMs)), [0, 0, 160, 416]);
  entries[id(1)] = { status: "running" };
  await clock.advance(400);
  assertEquals(reports.at(-1)?.unchangedMs, 0);
  entries[id(1)] = success(1);
  await clock.runUntil(over);
});

Deno.test("endpointOnline is asked for every 30 seconds at most", async () => {
  const { client, clock, entries, times, reports } = setUpProgress(1);
  const onProgress = (report: Progress) => void reports.push(report);
  const over = waitForBatch(client, { ...RECEIPT, taskIds: [id(1)] }, { onProgress });
  await clock.advance(300_000);
  const gaps = times.slice(1).map((time, index) => time - (times[index] as number));
  assert(gaps.length >= 6 && gaps.every((gap) => gap >= 30_000), gaps.join(" "));
  assertEquals("endpointOnline" in (reports[0] as Progress), false); // Not heard of yet.
  assertEquals(reports.slice(1).every(({ endpointOnline }) => endpointOnline === true), true);
  entries[id(1)] = success(1);
  await clock.runUntil(over);
  assertEquals(clock.sleeping, 0);
});

Deno.test("endpointOnline is left out where no endpoint is known", async () => {
  const { client, clock, entries, times, reports, wait } = setUpProgress(1);
  entries[id(1)] = success(1);
  await clock.runUntil(wait(client));
  assertEquals([times, reports.some((report) => "endpointOnline" in report)], [[], false]);
});

Deno.test("a wait that is over leaves no question for the endpoint behind", async () => {
  const { client, clock, fetch, entries } = setUpProgress(1);
  fetch.always(
    ENDPOINT_STATUS,
    ({ signal }) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
  );
  entries[id(1)] = success(1);
  await clock.runUntil(waitForBatch(client, { ...RECEIPT, taskIds: [id(1)] }, { onProgress: () => {} }));
  assertEquals(clock.sleeping, 0);
});

for (
  const [name, onProgress] of [
    ["throws", () => {
      throw new Error("no");
    }],
    ["rejects", () => Promise.reject(new Error("no"))],
  ] as const
) {
  Deno.test(`a callback that ${name} harms no wait`, async () => {
    const { client, clock, entries } = setUpProgress(1);
    entries[id(1)] = success(1);
    const outcomes = await clock.runUntil(waitForBatch(client, [id(1)], { onProgress }));
    assertEquals([outcomes[0]?.state, clock.sleeping], ["success", 0]);
  });
}

Deno.test("nothing is reported once a loop was left or aborted", async () => {
  const { client, clock, entries, fetch, reports } = setUpProgress(2);
  const answer = Promise.withResolvers<void>();
  fetch.always(BATCH_STATUS, async (sent) => {
    await answer.promise;
    return statusOf(entries)(sent);
  });
  const caller = new AbortController();
  const options = { signal: caller.signal, onProgress: (report: Progress) => void reports.push(report) };
  const loop = asCompleted(client, ids(2), options);
  const aborted = assertRejects(() => loop.next());
  await clock.advance(100);
  caller.abort();
  await aborted;
  answer.resolve();
  await clock.advance(1000);
  assertEquals([reports.length, clock.sleeping], [1, 0]);
});
