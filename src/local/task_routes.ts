import { Hono } from "hono";
import * as v from "valibot";
import { LOCAL_ENDPOINT_ID, MAX_SUBMISSION_BYTES } from "./constants.ts";
import { serviceError } from "./service_error.ts";
import type { ServiceState, StoredTask } from "./state.ts";
import { checkSubmission, type RunTask, startTasks } from "./submission.ts";
import { checkLength, dictionary, readBody, readPathId, requireHeader, uuidSchema } from "./validate.ts";

const submissionV3 = v.object({
  task_group_id: v.nullish(uuidSchema),
  create_queue: v.nullish(v.boolean()),
  tasks: dictionary(uuidSchema, v.array(v.string())),
  result_serializers: v.nullish(v.array(v.string())),
  resource_specification: v.nullish(dictionary(v.string(), v.unknown())),
  user_endpoint_config: v.nullish(dictionary(v.string(), v.unknown())),
  user_runtime: v.nullish(dictionary(v.string(), v.unknown())),
});

const batchStatusRequest = v.object({ task_ids: v.array(uuidSchema) });

/** Submitting tasks, and asking for what became of them. */
export function taskRoutes(state: ServiceState, run: RunTask): Hono {
  const app = new Hono();

  app.post("/v3/endpoints/:endpoint_uuid/submit", async (c) => {
    const endpointId = readPathId(c, "endpoint_uuid");
    requireHeader(c, "user-agent");
    checkLength(c, MAX_SUBMISSION_BYTES);
    const body = await readBody(c, submissionV3);
    if (endpointId !== LOCAL_ENDPOINT_ID) {
      throw serviceError("ENDPOINT_NOT_FOUND", `Endpoint ${endpointId} could not be resolved`, [endpointId]);
    }
    const submission = {
      tasks: Object.entries(body.tasks).flatMap(([functionId, payloads]) =>
        payloads.map((payload) => ({ functionId, payload }))
      ),
      ...(body.task_group_id ? { taskGroupId: body.task_group_id } : {}),
      createQueue: body.create_queue ?? false,
      resultSerializers: body.result_serializers ?? [],
    };
    checkSubmission(state, submission);
    const { taskGroupId, taskIds } = startTasks(state, submission, run);
    let next = 0;
    return c.json({
      request_id: crypto.randomUUID(),
      task_group_id: taskGroupId,
      endpoint_id: endpointId,
      tasks: Object.fromEntries(
        Object.entries(body.tasks).map((
          [functionId, { length }],
        ) => [functionId, taskIds.slice(next, next += length)]),
      ),
    });
  });

  app.post("/v2/batch_status", async (c) => {
    const { task_ids } = await readBody(c, batchStatusRequest);
    const results = task_ids.map((taskId) => {
      const task = state.tasks.get(taskId);
      return [
        taskId,
        task ? describe(task) : { task_id: taskId, status: "Failed", reason: "Unknown task id" },
      ];
    });
    return c.json({ response: "batch", results: Object.fromEntries(results) });
  });

  app.get("/v2/tasks/:task_uuid", (c) => {
    const taskId = readPathId(c, "task_uuid");
    const task = state.tasks.get(taskId);
    if (!task) throw serviceError("TASK_NOT_FOUND", "Task not found", [taskId]);
    return c.json(describe(task));
  });

  app.get("/v2/taskgroup/:task_group_uuid", (c) => {
    const taskGroupId = readPathId(c, "task_group_uuid");
    const group = state.taskGroups.get(taskGroupId);
    if (!group) throw serviceError("TASK_GROUP_NOT_FOUND", "Task group not found", [taskGroupId]);
    return c.json({
      taskgroup_id: taskGroupId,
      create_websockets_queue: group.createQueue,
      tasks: group.taskIds.map((id) => ({
        id,
        created_at: (state.tasks.get(id) as StoredTask).createdAt.toISOString(),
      })),
    });
  });

  return app;
}

/** What does not apply is left out: the Python client goes by the presence of a key. */
function describe(task: StoredTask): object {
  return { task_id: task.taskId, status: task.status, ...task.outcome };
}
