/** Proves that `getTaskGroup()` lists the tasks of a group, of the local service too, and refuses other answers. */
import { assertEquals, assertRejects } from "@std/assert";
import {
  accessToken,
  batchRun,
  ComputeDecodeError,
  ComputeHttpError,
  createClient,
  getTaskGroup,
  registerSource,
} from "../../mod.ts";
import { startLocalService } from "../../src/local/mod.ts";
import { scriptedService } from "../support/scripted_service.ts";

const ID = "0f6a1d92-83be-4c57-b1f0-6e2d9a45c718";
const OTHER = "5b1f3c84-7d0a-4e52-9c16-2f8e40a7b6d3";

Deno.test("getTaskGroup() lists tasks, times without a zone in UTC", async () => {
  using service = scriptedService([
    {
      taskgroup_id: ID,
      create_websockets_queue: true,
      tasks: [
        { id: OTHER, created_at: "2026-09-21T14:13:20.512000Z" },
        { id: ID, created_at: "2026-09-21T14:13:20.512000" },
        { id: ID, created_at: "2026-09-21 16:13:20+02:00" },
        { id: ID, created_at: "soon" },
        { id: ID },
      ],
    },
    { taskgroup_id: ID, tasks: [] },
  ]);
  const createdAt = new Date("2026-09-21T14:13:20.512Z");
  assertEquals(await getTaskGroup(service.client, ID.toUpperCase()), {
    taskGroupId: ID,
    createQueue: true,
    tasks: [
      { taskId: OTHER, createdAt },
      { taskId: ID, createdAt },
      { taskId: ID, createdAt: new Date("2026-09-21T14:13:20Z") },
      { taskId: ID },
      { taskId: ID },
    ],
  });
  assertEquals(await getTaskGroup(service.client, ID), { taskGroupId: ID, tasks: [] });
  assertEquals(service.seen[0]?.call, `GET /v2/taskgroup/${ID}`);
});

Deno.test("getTaskGroup() refuses an id that is none, and an answer about something else", async () => {
  using service = scriptedService([{}, { tasks: [{}] }, { taskgroup_id: OTHER, tasks: [] }, null]);
  await assertRejects(() => getTaskGroup(service.client, "group"), RangeError, "'taskGroupId'");
  for (const text of ["lists no tasks", "lists no tasks", `about ${OTHER}`, "lists no tasks"]) {
    await assertRejects(() => getTaskGroup(service.client, ID), ComputeDecodeError, text);
  }
});

Deno.test("getTaskGroup() finds the tasks of a batch on the local service", async () => {
  await using local = await startLocalService({ workers: 1 });
  const client = createClient({ baseUrl: local.baseUrl, authorizer: accessToken(local.accessToken) });
  const functionId = await registerSource(client, { source: "def f(): return 1" });
  const { endpointId } = local;
  const { taskGroupId, taskIds } = await batchRun(client, {
    endpointId,
    tasks: [{ functionId }, { functionId }],
  });
  const group = await getTaskGroup(client, taskGroupId);
  assertEquals(group.tasks.map(({ taskId }) => taskId), taskIds);
  assertEquals(group.createQueue, false);
  const error = await assertRejects(() => getTaskGroup(client, ID), ComputeHttpError);
  assertEquals(error.serviceCode, "TASK_GROUP_NOT_FOUND");
});
