import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import * as v from "valibot";
import type { Clock } from "../base/clock.ts";
import { bearerOf } from "./auth/bearer.ts";
import { HA_WARNING, MAX_SUBMISSION_BYTES } from "./constants.ts";
import { readEndpoint } from "./endpoint_lookup.ts";
import type { ServiceState } from "./state.ts";
import { checkTask, checkTaskGroup, startTasks, type SubmittedTask } from "./submission.ts";
import type { TaskQueue } from "./task_queue.ts";
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

const submissionV2 = v.object({
  task_group_id: v.nullish(uuidSchema),
  create_websocket_queue: v.nullish(v.boolean()),
  tasks: v.array(v.strictTuple([v.string(), v.string(), v.string()])),
});

/** Submitting tasks, in the form of today and in the old one. */
export function submitRoutes(state: ServiceState, queue: TaskQueue, clock: Clock): Hono {
  const app = new Hono();

  app.post("/v3/endpoints/:endpoint_uuid/submit", async (c) => {
    const endpointId = readPathId(c, "endpoint_uuid");
    requireHeader(c, "user-agent");
    checkLength(c, MAX_SUBMISSION_BYTES);
    const body = await readBody(c, submissionV3);
    const endpoint = readEndpoint(c, state);
    const tasks = Object.entries(body.tasks).flatMap(([functionId, payloads]) =>
      payloads.map((payload): SubmittedTask => ({ functionId, endpointId, payload }))
    );
    const taskGroupId = body.task_group_id ?? undefined;
    const bearer = bearerOf(c);
    checkTaskGroup(state, taskGroupId, bearer);
    for (const task of tasks) checkTask(state, task, taskGroupId, bearer);
    const started = startTasks(state, queue, tasks, {
      taskGroupId,
      createQueue: body.create_queue ?? false,
      resultSerializers: body.result_serializers ?? [],
      now: new Date(clock.nowMs()),
      ownerId: bearer.account.id,
    });
    let next = 0;
    return c.json({
      request_id: crypto.randomUUID(),
      task_group_id: started.taskGroupId,
      endpoint_id: endpointId,
      tasks: Object.fromEntries(
        Object.entries(body.tasks).map((
          [functionId, { length }],
        ) => [functionId, started.taskIds.slice(next, next += length)]),
      ),
      ...(endpoint?.isHighAssurance ? { ha_warning: HA_WARNING } : {}),
    });
  });

  app.post("/v2/submit", async (c) => {
    checkLength(c, MAX_SUBMISSION_BYTES);
    const body = await readBody(c, submissionV2);
    const taskGroupId = body.task_group_id ?? undefined;
    const bearer = bearerOf(c);
    checkTaskGroup(state, taskGroupId, bearer);
    const entries = body.tasks.map(([functionId, endpointId, payload]) => {
      const task = { functionId: functionId.toLowerCase(), endpointId: endpointId.toLowerCase(), payload };
      return { task, error: refusalOf(() => checkTask(state, task, taskGroupId, bearer)) };
    });
    const started = startTasks(
      state,
      queue,
      entries.filter(({ error }) => error === undefined).map(({ task }) => task),
      {
        taskGroupId,
        createQueue: body.create_websocket_queue ?? true,
        resultSerializers: [],
        now: new Date(clock.nowMs()),
        ownerId: bearer.account.id,
      },
    );
    let next = 0;
    return c.json({
      response: entries.every(({ error }) => error === undefined) ? "success" : "failed",
      task_group_id: started.taskGroupId,
      results: await Promise.all(
        entries.map(({ error }) =>
          error === undefined
            ? { status: "success", task_uuid: started.taskIds[next++], http_status_code: 200 }
            : describeRefusal(error)
        ),
      ),
    });
  });

  return app;
}

function refusalOf(check: () => void): HTTPException | undefined {
  try {
    check();
  } catch (error) {
    if (error instanceof HTTPException) return error;
    throw error;
  }
}

/** A task that was not taken has an id all the same: the schema wants one, and it is known to nobody. */
async function describeRefusal(error: HTTPException): Promise<object> {
  const { detail } = await error.getResponse().json();
  return { status: "failed", task_uuid: crypto.randomUUID(), http_status_code: error.status, reason: detail };
}
