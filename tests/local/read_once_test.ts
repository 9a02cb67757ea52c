/** With `readOnce` the service forgets a result once it was sent whole, and not before. */
import { assert, assertEquals } from "@std/assert";
import { createLocalService, type InProcessService } from "../../src/local/mod.ts";
import { runOnDeno, runOnNode } from "../support/run.ts";
import {
  finished,
  json,
  NO_ARGUMENTS,
  onBoth,
  register,
  type Send,
  sender,
  submit,
  taskOf,
} from "./service_helpers.ts";

const OPTIONS = {
  functions: {
    one: () => 1,
    large: () => "x".repeat(9_000_000),
    fail: () => Promise.reject(new Error("no")),
  },
};

/** Submits a function, and waits until its tasks are over, without reading once. */
async function run(send: Send, local: InProcessService, name: string, count = 1) {
  local.setFaults();
  const submitted = await submit(send, await register(send, name), Array(count).fill(NO_ARGUMENTS));
  for (const taskId of submitted.taskIds) await finished(send, taskId);
  local.setFaults({ readOnce: true });
  return submitted;
}

onBoth("readOnce forgets a result once it has been sent", OPTIONS, async (send, local) => {
  const { taskId: first, taskIds: [, second], taskGroupId } = await run(send, local, "one", 2);
  assertEquals((await taskOf(send, first)).result, "11\n1");
  assertEquals(await taskOf(send, first), { task_id: first, status: "Failed", reason: "Unknown task id" });

  assertEquals((await json(send("GET", `/v2/tasks/${second}`))).result, "11\n1");
  const again = await send("GET", `/v2/tasks/${second}`);
  assertEquals([again.status, (await again.json()).code], [404, "TASK_NOT_FOUND"]);

  const { tasks } = await json(send("GET", `/v2/taskgroup/${taskGroupId}`));
  assertEquals((tasks as { id: string }[]).map(({ id }) => id), [first, second]);
});

onBoth("readOnce forgets a failure too, and nothing that is not over", OPTIONS, async (send, local) => {
  const { taskId: failed } = await run(send, local, "fail");
  assertEquals((await taskOf(send, failed)).status, "failed");
  assertEquals((await taskOf(send, failed)).reason, "Unknown task id");
  local.setFaults({ readOnce: true, offline: true });
  const { taskId: waiting } = await submit(send, await register(send, "one"));
  for (let i = 0; i < 3; i++) assertEquals((await taskOf(send, waiting)).status, "waiting-for-ep");
});

onBoth("readOnce keeps a result whose answer was lost or spoilt", OPTIONS, async (send, local) => {
  const { taskId } = await run(send, local, "one");
  const kinds = [
    "resetBeforeRead",
    "resetAfterTaken",
    "truncatedJson",
    "htmlPage",
    "emptyBody",
    "serverErrorAfterTaken",
  ];
  local.setFaults({ readOnce: true, failNext: kinds as never });
  for (const _ of kinds) {
    await send("GET", `/v2/tasks/${taskId}`).then((response) => response.text()).catch(() => {});
  }
  assertEquals((await taskOf(send, taskId)).result, "11\n1");
  assertEquals((await taskOf(send, taskId)).reason, "Unknown task id");
});

onBoth(
  "readOnce forgets results in time for the next request, however often",
  OPTIONS,
  async (send, local) => {
    const { taskIds } = await run(send, local, "one", 100);
    for (const taskId of taskIds) {
      assertEquals((await taskOf(send, taskId)).result, "11\n1");
      assertEquals((await taskOf(send, taskId)).reason, "Unknown task id");
    }
  },
);

Deno.test("readOnce through fetch goes by what was read of the body", async () => {
  await using local = createLocalService(OPTIONS);
  const send = sender(local);
  const { taskId } = await run(send, local, "large");
  const path = `/v2/tasks/${taskId}`;

  await send("GET", path); // Never read.
  const left = await send("GET", path);
  const reader = (left.body as ReadableStream<Uint8Array>).getReader();
  assert((await reader.read()).value?.length);
  await reader.cancel();

  assertEquals((await json(send("GET", path))).status, "success");
  const gone = await send("GET", path);
  assertEquals(gone.status, 404);
});

for (const [runtime, run] of [["Deno", runOnDeno], ["Node", runOnNode]] as const) {
  Deno.test(`readOnce keeps results when the connection breaks before all is written, on ${runtime}`, async () => {
    const { code, stdout, stderr } = await run(["tests/local/broken_connection_program.ts"]);
    assertEquals([code, stderr], [0, ""]);
    assertEquals(JSON.parse(stdout), [Array(4).fill(9_000_005), Array(4).fill("Unknown task id")]);
  });
}
