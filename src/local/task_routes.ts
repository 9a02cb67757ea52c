import { type Context, Hono } from "hono";
import * as v from "valibot";
import { bearerOf } from "./auth/bearer.ts";
import type { ServiceEnv } from "./exchange.ts";
import type { FaultState } from "./fault_state.ts";
import { createSecret, NOWHERE } from "./queue_infos.ts";
import { serviceError } from "./service_error.ts";
import type { ServiceState, StoredTask } from "./state.ts";
import { readTaskGroup } from "./submission.ts";
import type { TaskQueue } from "./task_queue.ts";
import { readBody, readPathId, uuidSchema } from "./validate.ts";

const batchStatusRequest = v.object({ task_ids: v.array(uuidSchema) });

/** Asking for what became of tasks. */
export function taskRoutes(state: ServiceState, queue: TaskQueue, faults: FaultState): Hono<ServiceEnv> {
  const app = new Hono<ServiceEnv>();

  /** Describes a task; if it is over, and results are read once, this was the last time, if the answer arrives. */
  function tell(c: Context<ServiceEnv>, task: StoredTask): object {
    if (task.outcome && faults.isReadOnce()) {
      c.env.exchange.onSent.push(() => void state.tasks.delete(task.taskId));
    }
    return queue.describe(task);
  }

  /** A task of whoever asks: that of another account is as unknown as one that was never there. */
  function find(c: Context<ServiceEnv>, taskId: string): StoredTask | undefined {
    const task = state.tasks.get(taskId);
    return task?.ownerId === bearerOf(c).account.id ? task : undefined;
  }

  app.post("/v2/batch_status", async (c) => {
    const { task_ids } = await readBody(c, batchStatusRequest);
    const results = task_ids.map((taskId) => {
      const task = find(c, taskId);
      return [
        taskId,
        task ? tell(c, task) : { task_id: taskId, status: "Failed", reason: "Unknown task id" },
      ];
    });
    return c.json({ response: "batch", results: Object.fromEntries(results) });
  });

  app.get("/v2/tasks/:task_uuid", (c) => {
    const taskId = readPathId(c, "task_uuid");
    const task = find(c, taskId);
    if (!task) throw serviceError("TASK_NOT_FOUND", "Task not found", [taskId]);
    return c.json(tell(c, task));
  });

  app.get("/v2/taskgroup/:task_group_uuid", (c) => {
    const taskGroupId = readPathId(c, "task_group_uuid");
    const group = readTaskGroup(state, taskGroupId, bearerOf(c));
    return c.json({
      taskgroup_id: taskGroupId,
      create_websockets_queue: group.createQueue,
      tasks: group.tasks.map(({ taskId, createdAt }) => ({
        id: taskId,
        created_at: createdAt.toISOString(),
      })),
    });
  });

  // There is no broker here: whoever follows this address is refused at once, and asks over HTTP instead.
  app.get("/v2/get_amqp_result_connection_url", (c) =>
    c.json({
      queue_prefix: `${bearerOf(c).account.id}.`,
      connection_url: `amqps://${bearerOf(c).account.id}:${createSecret()}@${NOWHERE}`,
    }));

  return app;
}
