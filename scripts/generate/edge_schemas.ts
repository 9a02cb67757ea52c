import * as v from "valibot";

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const time = v.pipe(v.string(), v.isoTimestamp());
const removedAt = v.optional(
  v.pipe(time, v.description("When an operator removed its payload and results.")),
);
const taskState = v.picklist(["pending", "success", "failed", "notFound", "undecodable"]);
const batchState = v.picklist([
  "submitting",
  "partlySubmitted",
  "running",
  "inDoubt",
  "done",
  "refused",
  "abandoned",
]);
const counts = v.strictObject({ pending: count, success: count, failed: count, lost: count });

/** What went wrong (RFC 9457). */
export const problem = v.pipe(
  v.looseObject({
    type: v.pipe(v.string(), v.startsWith("urn:edge-compute:problem:")),
    title: v.string(),
    status: v.pipe(v.number(), v.integer(), v.minValue(400), v.maxValue(599)),
    detail: v.optional(v.string()),
  }),
  v.metadata({ ref: "Problem" }),
);

const task = v.strictObject({
  index: count,
  taskId: v.optional(
    v.pipe(v.string(), v.description("Absent while nobody knows whether the service has it.")),
  ),
  state: taskState,
  status: v.optional(v.pipe(v.string(), v.description("The service's own word, while the task is pending."))),
  completedAt: v.optional(time),
});

/** A task, and how far it is. */
export const taskSchema = v.pipe(task, v.metadata({ ref: "Task" }));

/** What an event says of a batch: `done` has no tasks. */
export const progressSchema = v.strictObject({
  state: batchState,
  counts,
  taskCount: count,
  tasks: v.optional(v.array(task)),
});

const summary = v.strictObject({
  batchId: v.string(),
  hook: v.string(),
  deliveryId: v.string(),
  state: batchState,
  createdAt: time,
  updatedAt: time,
  endedAt: v.optional(time),
  removedAt,
  endpointId: v.string(),
  taskGroupId: v.optional(v.string()),
  taskCount: count,
  counts,
});

/** The hooks, and a part of the batches, the newest first. */
export const listSchema = v.pipe(
  v.strictObject({
    hooks: v.array(v.strictObject({
      name: v.string(),
      verifier: v.optional(v.pipe(v.string(), v.description("What lets senders in, where it has a name."))),
      endpoints: v.array(v.string()),
      functions: v.array(v.string()),
    })),
    batches: v.array(v.strictObject({
      ...summary.entries,
      links: v.strictObject({ self: v.string(), view: v.string() }),
    })),
    links: v.strictObject({
      self: v.string(),
      next: v.optional(v.pipe(v.string(), v.description("Where the older batches are, if there are any."))),
    }),
  }),
  v.metadata({ ref: "List" }),
);

/** A batch, with a part of its tasks. */
export const batchSchema = v.pipe(
  v.strictObject({
    ...summary.entries,
    submission: v.optional(v.strictObject({
      attempts: count,
      nextAttemptAt: v.optional(time),
      problem: v.optional(v.pipe(v.string(), v.description("Why the last attempt failed."))),
    })),
    doubt: v.optional(v.strictObject({
      message: v.string(),
      since: time,
      accepted: v.pipe(
        v.array(v.strictObject({ index: count, taskId: v.string() })),
        v.description("The tasks that the service surely has, from the first one on."),
      ),
      recoveredTaskIds: v.pipe(
        v.array(v.string()),
        v.description("Others in its group, of which nobody knows the place."),
      ),
    })),
    commit: v.optional(v.strictObject({ repository: v.string(), sha: v.string() })),
    tasks: v.array(taskSchema),
    links: v.strictObject({
      self: v.string(),
      view: v.string(),
      events: v.string(),
      resultsJson: v.string(),
      resultsCsv: v.string(),
      next: v.optional(v.string()),
      previous: v.optional(v.string()),
    }),
  }),
  v.metadata({ ref: "Batch" }),
);

/** All tasks of a batch, with what came of them. */
export const resultsSchema = v.pipe(
  v.strictObject({
    batchId: v.string(),
    hook: v.string(),
    state: batchState,
    taskCount: count,
    removedAt,
    results: v.array(v.strictObject({
      ...task.entries,
      result: v.optional(v.pipe(
        v.unknown(),
        v.description(
          "What the function returned. What JSON cannot say is an object with the key `$python`.",
        ),
      )),
      error: v.optional(v.strictObject({
        type: v.optional(v.string()),
        message: v.string(),
        kind: v.optional(v.string()),
        advice: v.optional(v.string()),
        traceback: v.optional(v.string()),
      })),
      raw: v.optional(
        v.pipe(v.string(), v.description("A result that cannot be read, as the worker wrote it.")),
      ),
    })),
  }),
  v.metadata({ ref: "Results" }),
);

/** What an operator decides. */
export const decisionSchema = v.pipe(
  v.strictObject({ decision: v.picklist(["submitAgain", "adopt", "abandon", "remove"]) }),
  v.metadata({ ref: "Decision" }),
);

/** What the sender of a delivery is told. */
export const receiptSchema = v.pipe(
  v.strictObject({
    batchId: v.string(),
    state: batchState,
    taskGroupId: v.optional(v.string()),
    taskIds: v.optional(v.array(v.string())),
    statusUrl: v.string(),
    viewUrl: v.string(),
  }),
  v.metadata({ ref: "Receipt" }),
);

export const ignoredSchema = v.strictObject({ state: v.literal("ignored") });
export const healthSchema = v.strictObject({ status: v.literal("pass") });
