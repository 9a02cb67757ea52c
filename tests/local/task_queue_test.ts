/** Tasks go through the states of the service, delayed or offline, on a clock set by hand. */
import { assertEquals } from "@std/assert";
import { createLocalService, startLocalService } from "../../src/local/mod.ts";
import { until } from "../support/until.ts";
import {
  createManualClock,
  ENDPOINT,
  finished,
  HELLO,
  json,
  NO_ARGUMENTS,
  register,
  sender,
  submit,
  taskOf,
} from "./service_helpers.ts";

Deno.test("queueDelayMs leads tasks through the states of the service", async () => {
  const clock = createManualClock();
  let finish: (value: string) => void = () => {};
  const slow = () => new Promise<string>((resolve) => finish = resolve);
  await using local = createLocalService({ clock, functions: { slow }, faults: { queueDelayMs: 4000 } });
  const send = sender(local);
  const { taskId } = await submit(send, await register(send, "slow"));
  await clock.untilSleeping(1);
  const seen = [];
  for (const ms of [0, 999, 1, 999, 1, 999, 1, 999]) {
    clock.advance(ms);
    seen.push(await taskOf(send, taskId));
  }
  const statuses = ["received", "received", "waiting-for-ep", "waiting-for-ep", "waiting-for-nodes"];
  statuses.push("waiting-for-nodes", "waiting-for-launch", "waiting-for-launch");
  assertEquals(seen, statuses.map((status) => ({ task_id: taskId, status })));
  assertEquals(local.runs.length, 0);

  clock.advance(1);
  while (local.runs.length === 0) await send("GET", "/v2/version");
  assertEquals((await taskOf(send, taskId)).status, "running");
  clock.advance(2500);
  finish("done");
  assertEquals(await finished(send, taskId), {
    task_id: taskId,
    status: "success",
    result: '11\n"done"',
    completion_t: "1790000006.500000",
    details: {
      os: "JavaScript",
      endpoint_id: ENDPOINT,
      task_transitions: { "execution-start": 1790000004, "execution-end": 1790000006.5 },
    },
  });
});

Deno.test("queueDelayMs is drawn for each task, the same ones with the same seed", async () => {
  const order = async (seed: number) => {
    const clock = createManualClock();
    await using local = createLocalService({ clock, faults: { seed, queueDelayMs: [0, 1000] } });
    const send = sender(local);
    const { taskIds } = await submit(send, HELLO, Array(12).fill(NO_ARGUMENTS));
    for (let i = 0; i < 100; i++) {
      clock.advance(10);
      await send("GET", "/v2/version");
    }
    for (const taskId of taskIds) await finished(send, taskId);
    return local.runs.map((run) => taskIds.indexOf(run.taskId));
  };
  const first = await order(1);
  assertEquals(first.toSorted((a, b) => a - b), Array.from({ length: 12 }, (_, i) => i));
  assertEquals([await order(1), first.join() === (await order(2)).join()], [first, false]);
});

Deno.test("tasks of an offline endpoint wait, and run when it is back", async () => {
  await using local = createLocalService({ faults: { offline: true } });
  const send = sender(local);
  const status = () => json(send("GET", `/v2/endpoints/${ENDPOINT}/status`));
  assertEquals(await status(), { status: "offline" });
  const { taskIds } = await submit(send, HELLO, [NO_ARGUMENTS, NO_ARGUMENTS]);
  for (const taskId of taskIds) {
    assertEquals(await taskOf(send, taskId), { task_id: taskId, status: "waiting-for-ep" });
  }
  local.setFaults({ offline: true, latencyMs: 0 });
  assertEquals((await taskOf(send, taskIds[0] as string)).status, "waiting-for-ep");
  local.setFaults();
  assertEquals((await status()).status, "online");
  for (const taskId of taskIds) assertEquals((await finished(send, taskId)).result, '11\n"Hello World!"');
});

Deno.test("an endpoint that goes offline keeps the tasks that are on their way", async () => {
  const clock = createManualClock();
  await using local = createLocalService({ clock, faults: { queueDelayMs: 1000 } });
  const send = sender(local);
  const { taskId } = await submit(send, HELLO);
  await clock.untilSleeping(1);
  local.setFaults({ offline: true });
  clock.advance(5000);
  assertEquals((await taskOf(send, taskId)).status, "waiting-for-ep");
  assertEquals(local.runs.length, 0);
  local.setFaults();
  assertEquals((await finished(send, taskId)).status, "success");
});

Deno.test("tasks that have not begun never will once the service is closed", async () => {
  const clock = createManualClock();
  const local = createLocalService({ clock, faults: { queueDelayMs: 1000 } });
  await submit(sender(local), HELLO);
  await clock.untilSleeping(1);
  local.setFaults({ offline: true });
  await submit(sender(local), HELLO);
  await local.close();
  local.setFaults();
  clock.advance(2000);
  await clock.sleep(0, { signal: AbortSignal.abort() }).catch(() => {});
  assertEquals(local.runs.length, 0);
});

Deno.test("startLocalService() waits with Python, too, while its endpoint is offline", async () => {
  const clock = createManualClock();
  await using local = await startLocalService({
    workers: 1,
    clock,
    faults: { offline: true, queueDelayMs: 500 },
  });
  const send = sender(local);
  const { taskId } = await submit(send, HELLO);
  assertEquals((await taskOf(send, taskId)).status, "waiting-for-ep");
  local.setFaults();
  await clock.untilSleeping(1);
  assertEquals((await taskOf(send, taskId)).status, "received");
  clock.advance(500);
  await until("the task has run", () => local.runs.length > 0);
  assertEquals(local.runs[0]?.functionName, "hello_world");
});
