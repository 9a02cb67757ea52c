import { checkKeys } from "../base/check.ts";
import type { Batch, BatchTask, ResourceSpecification, SubmitOptions } from "./batch.ts";
import { resultSerializerPaths } from "./result_serializers.ts";
import { type ArgumentSerializer, serializeValue } from "./serialized_value.ts";
import { checkUuid } from "./uuid.ts";
import { part } from "./on_demand.ts";
import { type EncodedTask, groupByFunction } from "./split_tasks.ts";
import { given, isRecord } from "../base/narrow.ts";
import { isPlain } from "./encode_place.ts";

/** The body of `POST /v3/endpoints/{endpoint_uuid}/submit`, as the service names its parts. */
export interface SubmitBody {
  /** Packed arguments by function id, in the order of the tasks. */
  tasks: Record<string, string[]>;
  /** Whether the service makes an AMQP queue. */
  create_queue: boolean;
  /** The group that the tasks join. */
  task_group_id?: string;
  /** What an MPI task needs. */
  resource_specification?: {
    /** Nodes. */
    num_nodes: number;
    /** Ranks on each node. */
    ranks_per_node?: number;
    /** Ranks in all. */
    num_ranks?: number;
    /** Options for the launcher. */
    launcher_options?: string;
  };
  /** Values for the endpoint's template. */
  user_endpoint_config?: Record<string, unknown>;
  /** The Python to run with, each part under the service's name for it. */
  user_runtime?: Record<string, unknown>;
  /** Import paths of strategies for results. */
  result_serializers?: string[];
}

/** All of the body but its tasks: the same for each submission of a batch. */
export type SubmitEnvelope = Omit<SubmitBody, "tasks">;

/**
 * Writes a batch as the service takes it.
 *
 * @throws {TypeError} If the batch has another shape.
 * @throws {RangeError} If an id is no UUID, or there is no task.
 * @throws {ComputeEncodeError} If an argument cannot be sent; it names the task: `tasks[3].args[0]`.
 * @throws {PartNotLoaded} If it takes a part that is not: run it through {@linkcode withParts}.
 */
export function encodeSubmitBody(batch: Batch): SubmitBody {
  return {
    ...encodeEnvelope(batch),
    tasks: groupByFunction(encodeTasks(batch.tasks, batch.argumentSerializer)),
  };
}

/** What a submission may have beside its tasks, and what a task may have. */
export const SUBMIT_KEYS =
  "endpointId taskGroupId resourceSpecification userEndpointConfig userRuntime createQueue argumentSerializer resultSerializers";
export const TASK_KEYS = "functionId args kwargs payload";
const KNOWN_TASK_KEYS = TASK_KEYS.split(" ");

/** Writes what a submission says beside its tasks. */
export function encodeEnvelope(options: SubmitOptions): SubmitEnvelope {
  checkKeys(options, "a batch", `${SUBMIT_KEYS} tasks`, "tasks");
  const { taskGroupId, userEndpointConfig, resourceSpecification } = options;
  const { createQueue = false, resultSerializers = ["json", "pickle"] } = options;
  const userRuntime = options.userRuntime === undefined
    ? undefined
    : part("userRuntime").encodeUserRuntime(options.userRuntime);
  return given({
    task_group_id: taskGroupId === undefined ? undefined : checkUuid(taskGroupId, "taskGroupId"),
    create_queue: createQueue,
    resource_specification: isFilled(resourceSpecification)
      ? encodeResourceSpecification(resourceSpecification)
      : undefined,
    user_endpoint_config: isFilled(userEndpointConfig) ? { ...userEndpointConfig } : undefined,
    user_runtime: isFilled(userRuntime) ? userRuntime : undefined,
    result_serializers: isFilled(resultSerializers) ? resultSerializerPaths(resultSerializers) : undefined,
  });
}

/** Writes tasks as they will be posted, in their order. */
export function encodeTasks(tasks: readonly BatchTask[], serializer?: ArgumentSerializer): EncodedTask[] {
  if (!Array.isArray(tasks)) throw new TypeError("Cannot use 'tasks': it must be an array of tasks");
  if (tasks.length === 0) throw new RangeError("Cannot submit a batch without tasks");
  let givenId: unknown;
  let functionId: string | undefined;
  const encode = (task: BatchTask, path: string): EncodedTask => {
    for (const key in task) if (!KNOWN_TASK_KEYS.includes(key)) checkKeys(task, "a task", TASK_KEYS);
    // Most tasks are of the same function as the one before.
    if (functionId === undefined || task?.functionId !== givenId) {
      functionId = checkUuid(task?.functionId, `${path}functionId`);
      givenId = task.functionId;
    }
    const payload = task.payload === undefined
      ? encodeTaskPayload(task.args, task.kwargs, path, serializer)
      : checkPayload(task, path);
    return { functionId, payload };
  };
  return tasks.map((task: BatchTask, index) => {
    try {
      return encode(task, "");
    } catch (error) {
      if (tasks.length === 1) throw error;
      // A path for each task would take about as long as the task: it is made for the error alone.
      return encode(task, `tasks[${index}].`);
    }
  });
}

/** Two packed values, positional arguments and keyword arguments: it is not looked at any closer. */
const PACKED = /^\d+\n[\0-\x7f]*$/;

function checkPayload({ payload, args, kwargs }: BatchTask, path: string): string {
  if (args !== undefined || kwargs !== undefined) {
    throw new TypeError(`Cannot use '${path}payload' beside 'args' or 'kwargs': it stands in their place`);
  }
  if (typeof payload === "string" && PACKED.test(payload)) return payload;
  throw new TypeError(
    `Cannot use '${path}payload': it must be packed arguments, as prepareBatch writes them`,
  );
}

function encodeResourceSpecification(
  specification: ResourceSpecification,
): NonNullable<SubmitBody["resource_specification"]> {
  const { numNodes, ranksPerNode, numRanks, launcherOptions } = specification;
  return given({
    num_nodes: numNodes,
    ranks_per_node: ranksPerNode,
    num_ranks: numRanks,
    launcher_options: launcherOptions,
  });
}

/** The Python client leaves empty objects out, and endpoints are used to that. */
function isFilled<T extends object>(value: T | undefined): value is T {
  return value !== undefined && Object.keys(value).length > 0;
}

/** The payload of a call without arguments, which many calls are. */
const NO_ARGUMENTS = packAscii("11\n[]") + packAscii("11\n{}");

/**
 * Serializes the arguments of one call: positional ones, then keyword ones, packed.
 *
 * @param path What the call is called in an error, such as `tasks[3].`; empty for a single one.
 * @param serializer JSON where it can carry them, else a pickle, unless it is named.
 * @throws {TypeError} If `args` is no array or `kwargs` no object.
 * @throws {ComputeEncodeError} If a value cannot be sent.
 */
export function encodeTaskPayload(
  args: unknown,
  kwargs: unknown,
  path = "",
  serializer?: ArgumentSerializer,
): string {
  if (args === undefined && kwargs === undefined && serializer === undefined) return NO_ARGUMENTS;
  if (args !== undefined && !Array.isArray(args)) {
    throw new TypeError(`Cannot use '${path}args': it must be an array of positional arguments`);
  }
  if (kwargs !== undefined && !(isRecord(kwargs) && isPlain(kwargs))) {
    throw new TypeError(`Cannot use '${path}kwargs': it must be a plain object of keyword arguments`);
  }
  return packAscii(serializeValue(args ?? [], `${path}args`, serializer)) +
    packAscii(serializeValue(kwargs ?? {}, `${path}kwargs`, serializer));
}

/** Serialized values are ASCII: their length is the same in code points, and need not be counted in a copy. */
function packAscii(value: string): string {
  return `${value.length}\n${value}`;
}
