/** Proves the types of results and errors: it is enough that this file compiles. */
import type {
  AnyComputeError,
  Batch,
  Client,
  ComputeDecodeError,
  ComputeTaskError,
  PythonValue,
  TaskOutcome,
  TaskSelection,
} from "../../mod.ts";
import {
  type asCompleted,
  batchRun,
  type callFunction,
  createClient,
  getBatchResult,
  type getResult,
  getTask,
  registerSource,
  runTask,
  waitForBatch,
} from "../../mod.ts";

type Equals<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : false;

/** Compiles for `true` alone. */
function assertType<T extends true>(_: T = true as T): void {}

Deno.test("the state of a TaskOutcome narrows it", () => {
  assertType<Equals<TaskOutcome["state"], "pending" | "success" | "failed" | "notFound" | "undecodable">>();
  ((outcome: TaskOutcome) => {
    switch (outcome.state) {
      case "pending":
        return assertType<Equals<typeof outcome.status, string>>();
      case "success":
        assertType<Equals<typeof outcome.completedAt, Date | undefined>>();
        return assertType<Equals<typeof outcome.result, PythonValue>>();
      case "failed":
        return assertType<Equals<typeof outcome.error, ComputeTaskError>>();
      case "undecodable":
        assertType<Equals<typeof outcome.raw, string>>();
        return assertType<Equals<typeof outcome.error, ComputeDecodeError>>();
      case "notFound":
        return assertType<Equals<keyof typeof outcome, "taskId" | "state">>();
      default:
        return assertType<Equals<typeof outcome, never>>();
    }
  });
});

Deno.test("a TaskOutcome has no result before its state is known", () => {
  ((outcome: TaskOutcome) => {
    // @ts-expect-error -- a pending task has none
    outcome.result;
    // @ts-expect-error -- a success has none
    outcome.error;
    return outcome.taskId;
  });
});

Deno.test("the code of a ComputeError narrows it", () => {
  ((error: AnyComputeError) => {
    if (error.code === "ERR_COMPUTE_HTTP") assertType<Equals<typeof error.status, number>>();
    if (error.code === "ERR_COMPUTE_TASK") assertType<Equals<typeof error, ComputeTaskError>>();
    if (error.code === "ERR_COMPUTE_TIMEOUT") assertType<Equals<typeof error.taskIds, readonly string[]>>();
    // @ts-expect-error -- there is no such code
    return error.code === "ERR_COMPUTE";
  });
  assertType<
    Equals<
      AnyComputeError["code"],
      | "ERR_COMPUTE_AUTHORIZATION"
      | "ERR_COMPUTE_DECODE"
      | "ERR_COMPUTE_HTTP"
      | "ERR_COMPUTE_NETWORK"
      | "ERR_COMPUTE_SUBMISSION"
      | "ERR_COMPUTE_TASK"
      | "ERR_COMPUTE_TASK_PENDING"
      | "ERR_COMPUTE_TIMEOUT"
    >
  >();
});

Deno.test("functions give what they say", () => {
  assertType<Equals<ReturnType<typeof getTask>, Promise<TaskOutcome>>>();
  assertType<Equals<ReturnType<typeof getResult>, Promise<PythonValue>>>();
  assertType<Equals<ReturnType<typeof callFunction>, Promise<PythonValue>>>();
  assertType<Equals<ReturnType<typeof getBatchResult>, Promise<TaskOutcome[]>>>();
  assertType<Equals<ReturnType<typeof waitForBatch>, Promise<TaskOutcome[]>>>();
  assertType<Equals<ReturnType<typeof runTask>, Promise<string>>>();
  assertType<Equals<ReturnType<typeof asCompleted>, AsyncGenerator<TaskOutcome, void, void>>>();
});

Deno.test("calls that cannot be right do not compile", () => {
  ((client: Client, endpointId: string, functionId: string, batch: Batch) => {
    // @ts-expect-error -- no authorizer
    createClient({});
    // @ts-expect-error -- no such environment
    createClient({ authorizer: (request) => request, environment: "prod" });
    // @ts-expect-error -- no endpoint
    runTask(client, { functionId });
    // @ts-expect-error -- no function
    runTask(client, { endpointId });
    // @ts-expect-error -- arguments are a list
    runTask(client, { endpointId, functionId, args: "ab" });
    // @ts-expect-error -- a batch has tasks
    batchRun(client, { endpointId });
    // @ts-expect-error -- an unknown option
    batchRun(client, { ...batch, taskgroupId: endpointId });
    // @ts-expect-error -- one id is no list of ids
    getBatchResult(client, functionId);
    // @ts-expect-error -- one id is no selection
    waitForBatch(client, functionId);
    // @ts-expect-error -- milliseconds are a number
    waitForBatch(client, [functionId], { timeoutMs: "5s" });
    // @ts-expect-error -- no source
    registerSource(client, { name: "f" });
    // @ts-expect-error -- a client is made by createClient
    getTask({}, functionId);
  });
  assertType<Equals<Extract<TaskSelection, { readonly taskGroupId: string }>["taskGroupId"], string>>();
});
