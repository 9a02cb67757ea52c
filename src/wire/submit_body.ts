import type { Batch, BatchTask, ResourceSpecification } from "./batch.ts";
import { resultSerializerPaths } from "./result_serializers.ts";
import { encodeTaskPayload } from "./task_payload.ts";
import { checkUuid } from "./uuid.ts";

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
  /** Import paths of strategies for results. */
  result_serializers?: string[];
}

/**
 * Writes a batch as the service takes it.
 *
 * @throws {TypeError} If the batch has another shape.
 * @throws {RangeError} If an id is no UUID, or there is no task.
 * @throws {ComputeEncodeError} If an argument cannot be sent; it names the task: `tasks[3].args[0]`.
 */
export function encodeSubmitBody(batch: Batch): SubmitBody {
  const { resultSerializers = ["json", "pickle"], userEndpointConfig, resourceSpecification } = batch;
  if (!Array.isArray(batch.tasks)) throw new TypeError("Cannot use 'tasks': it must be an array of tasks");
  if (batch.tasks.length === 0) throw new RangeError("Cannot submit a batch without tasks");
  return {
    ...(batch.taskGroupId === undefined
      ? {}
      : { task_group_id: checkUuid(batch.taskGroupId, "taskGroupId") }),
    create_queue: batch.createQueue ?? false,
    ...(isFilled(resourceSpecification)
      ? { resource_specification: encodeResourceSpecification(resourceSpecification) }
      : {}),
    ...(isFilled(userEndpointConfig) ? { user_endpoint_config: { ...userEndpointConfig } } : {}),
    ...(resultSerializers.length > 0 ? { result_serializers: resultSerializerPaths(resultSerializers) } : {}),
    tasks: groupByFunction(batch.tasks),
  };
}

function groupByFunction(tasks: readonly BatchTask[]): Record<string, string[]> {
  const groups: Record<string, string[]> = {};
  const isOnlyTask = tasks.length === 1;
  tasks.forEach((task, index) => {
    const path = isOnlyTask ? "" : `tasks[${index}].`;
    const functionId = checkUuid(task?.functionId, `${path}functionId`);
    (groups[functionId] ??= []).push(encodeTaskPayload(task.args, task.kwargs, path));
  });
  return groups;
}

function encodeResourceSpecification(
  specification: ResourceSpecification,
): NonNullable<SubmitBody["resource_specification"]> {
  const { numNodes, ranksPerNode, numRanks, launcherOptions } = specification;
  return {
    num_nodes: numNodes,
    ...(ranksPerNode === undefined ? {} : { ranks_per_node: ranksPerNode }),
    ...(numRanks === undefined ? {} : { num_ranks: numRanks }),
    ...(launcherOptions === undefined ? {} : { launcher_options: launcherOptions }),
  };
}

/** The Python client leaves empty objects out, and endpoints are used to that. */
function isFilled<T extends object>(value: T | undefined): value is T {
  return value !== undefined && Object.keys(value).length > 0;
}
